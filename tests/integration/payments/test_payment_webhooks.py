"""What payment providers tell by webhooks: taken in once, in any order, and only of payments that the shop knows."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from microshop.errors import PaymentRefused
from microshop.payments.outcomes import Outcome
from microshop.payments.providers.port import Intent, ProviderRefund
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.payments import TOTAL, Till
from tests.support.records import count, event_types
from tests.support.threads import at_once

type Step = Callable[[Till, int], Intent | ProviderRefund]


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


def _outcomes(database: Database) -> list[str]:
    return [row["outcome"] for row in database.rows("SELECT outcome FROM provider_events ORDER BY received_at")]


# ---- once


def test_an_event_that_comes_twice_is_taken_in_once(till: Till, database: Database) -> None:
    order_id = till.started()
    paid = till.provider.pay(till.reference(order_id))

    assert [till.tell(paid, "evt_1"), till.tell(paid, "evt_1")] == ["paid", "duplicate"]

    assert (_outcomes(database), till.order(order_id).version) == (["paid"], 2)


def test_an_events_id_counts_and_not_what_it_tells(till: Till) -> None:
    order_id = till.started()
    declined = till.provider.decline(till.reference(order_id))
    paid = till.provider.pay(till.reference(order_id))

    assert [till.tell(declined, "evt_1"), till.tell(paid, "evt_1")] == ["declined", "duplicate"]

    assert till.order(order_id).state == ("pending", "unpaid")


@pytest.mark.parametrize("same_id", [True, False])
def test_an_event_that_comes_eight_times_at_once_is_taken_in_once(
    till: Till, connect: Connect, database: Database, *, same_id: bool
) -> None:
    order_id, tills = till.started(), [till.on(connect()) for _ in range(8)]
    paid = till.provider.pay(till.reference(order_id))

    told = at_once(8, lambda n: tills[n].tell(paid, "evt_1" if same_id else f"evt_{n}"))

    assert sorted(map(str, told)) == sorted(["paid"] + ["duplicate" if same_id else "nothing_new"] * 7)
    assert count(database, "provider_events") == (1 if same_id else 8)
    assert (till.kinds(order_id), event_types(database)["OrderPaid"]) == (["started", "captured"], 1)


def _whole_story(till: Till, order_id: int) -> Iterator[Intent | ProviderRefund]:
    provider, reference = till.provider, till.reference(order_id)
    yield provider.decline(reference)
    yield provider.process(reference)
    yield provider.pay(reference)
    provider.refunds_become = "pending"
    made = provider.refund_made_elsewhere(reference, 1000)
    yield made
    yield provider.settle_refund(made.reference)
    yield provider.fail_refund(made.reference)


def test_a_whole_story_that_is_told_again_changes_nothing(till: Till) -> None:
    order_id, story = till.started(), list[Intent | ProviderRefund]()
    for word in _whole_story(till, order_id):
        story.append(word)
        till.tell(word)
    before = till.everything()
    assert till.order(order_id).state == ("confirmed", "paid")

    for word in (*story, *reversed(story)):
        assert till.tell(word) == "nothing_new"

    assert till.everything() == before


# ---- which payment it is about


def test_what_is_told_of_a_payment_that_the_shop_does_not_know_is_noted_and_does_nothing(
    till: Till, database: Database
) -> None:
    till.started()
    before = till.everything()
    stranger = till.provider.intent_made_elsewhere(500, "USD")
    refund = till.provider.refund_made_elsewhere(stranger.reference, 500)
    dispute = replace(till.provider.dispute(stranger.reference), intent_reference=None)

    told = [till.tell(word) for word in (stranger, refund, dispute, replace(refund, intent_reference=None))]

    assert told == _outcomes(database) == ["foreign", *["unknown_payment"] * 3]
    assert till.everything() == before


def test_an_event_of_a_type_that_the_shop_does_not_use_is_noted(till: Till, database: Database) -> None:
    assert [till.tell(None, "evt_1"), till.tell(None, "evt_1")] == ["ignored", "duplicate"]
    assert _outcomes(database) == ["ignored"]


def test_a_payment_whose_reference_was_never_noted_is_known_by_its_order_and_attempt(till: Till) -> None:
    order_id = till.unsure()
    assert till.payment(order_id).reference is None

    assert till.pay(order_id) == "paid"

    assert till.payment(order_id).reference == till.intent(order_id).reference


@pytest.mark.parametrize("made", [Till.started, Till.paid])
def test_another_payment_that_claims_an_attempt_is_not_the_shops(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before = till.everything()
    other = till.provider.intent_made_elsewhere(TOTAL, "USD", order_id=order_id, attempt=1)

    assert till.tell(till.provider.pay(other.reference)) == "unknown_payment"

    assert till.everything() == before


@pytest.mark.parametrize("made", [Till.unsure, Till.started, Till.paid])
def test_a_payment_of_another_shop_changes_no_order_that_it_names(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before = till.everything()
    other = till.provider.intent_made_elsewhere(TOTAL, "USD", order_id=order_id, attempt=1, foreign=True)
    paid = till.provider.pay(other.reference)
    refund = replace(till.provider.refund_made_elsewhere(other.reference, 500), number=1, foreign=True)

    told = [till.tell(paid), till.tell(refund), till.tell(till.provider.dispute(other.reference))]

    assert told == ["foreign", "foreign", "unknown_payment"]
    assert till.everything() == before


def test_an_unanswered_attempt_matches_no_payment_of_another_shop(till: Till) -> None:
    order_id = till.unsure(acted=False)
    till.provider.intent_made_elsewhere(TOTAL, "USD", order_id=order_id, attempt=1, foreign=True)
    till.age(order_id)

    till.resolve()

    assert (till.payment(order_id).state, till.payment(order_id).reference) == ("failed", None)


def test_an_attempt_that_the_order_never_had_is_not_the_shops(till: Till) -> None:
    order_id = till.place()
    other = till.provider.intent_made_elsewhere(TOTAL, "USD", order_id=order_id, attempt=1)

    assert till.tell(till.provider.pay(other.reference)) == "unknown_payment"


# ---- refunds that are made at the provider


def test_a_refund_that_was_made_in_the_dashboard_is_entered_and_counted(till: Till) -> None:
    order_id = till.paid()

    told = till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), 1500))

    [refund], order = till.refunds(order_id), till.order(order_id)
    assert (told, refund.cause, refund.state, refund.amount_minor) == ("refunded", "found", "succeeded", 1500)
    assert (order.state, order.refunded_minor) == (("confirmed", "partially_refunded"), 1500)
    assert (till.history(order_id)[-1].actor, till.payment(order_id).left_minor) == ("system", TOTAL - 1500)


def test_refunds_that_were_made_in_the_dashboard_add_up_to_the_whole(till: Till, database: Database) -> None:
    order_id = till.paid()

    for part in (1500, TOTAL - 1500):
        till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), part))

    assert (till.order(order_id).state, event_types(database)["OrderRefunded"]) == (("confirmed", "refunded"), 2)


def test_a_refund_in_the_dashboard_of_more_than_is_left_needs_somebody_to_look(till: Till) -> None:
    order_id = till.paid()
    till.provider.refunds_become = "pending"
    till.refund(order_id, TOTAL - 100)
    before = till.everything()

    told = till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), 101))

    assert told is Outcome.TOO_MUCH_REFUNDED
    assert told.needs_review
    assert till.everything() == before


@pytest.mark.parametrize(
    ("parts", "lost", "state", "refunded"),
    [
        ([TOTAL], 0, "paid", 0),
        ([1000], 0, "paid", 0),
        ([1000, 2000], 0, "partially_refunded", 2000),
        ([1000, TOTAL - 1000], 1, "partially_refunded", 1000),
    ],
)
def test_a_refund_that_comes_back_leaves_the_order_paid_for_so_much_more(
    till: Till, *, parts: list[int], lost: int, state: str, refunded: int
) -> None:
    order_id = till.paid()
    made = [till.provider.refund_made_elsewhere(till.reference(order_id), part) for part in parts]
    for each in made:
        till.tell(each)

    assert till.tell(till.provider.fail_refund(made[lost].reference)) == "refund_failed"

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("confirmed", state), refunded)
    assert (till.refunds(order_id)[lost].state, till.payment(order_id).refunded_minor) == ("failed", refunded)
    assert till.actions(order_id)[-1] == "refund_failed"


def _late_money_whose_refund_was_refused(till: Till) -> int:
    order_id = till.expired()
    till.pay(order_id)
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    till.resolve()
    return order_id


def _another_amount(till: Till) -> int:
    order_id = till.started()
    till.tell(till.provider.pay(till.reference(order_id), minor=TOTAL + 100))
    return order_id


def _another_amount_whose_refund_was_refused(till: Till) -> int:
    order_id = _another_amount(till)
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    till.cancel(order_id)
    till.resolve()
    return order_id


@pytest.mark.parametrize(
    ("made", "minor"),
    [
        (_late_money_whose_refund_was_refused, 100),
        (_another_amount, 100),
        (_another_amount, TOTAL + 100),
        (_another_amount_whose_refund_was_refused, 100),
    ],
)
def test_whatever_money_is_held_can_be_refunded_in_the_dashboard(
    till: Till, made: Callable[[Till], int], minor: int
) -> None:
    order_id = made(till)

    assert till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), minor)) == "refunded"

    [found] = [refund for refund in till.refunds(order_id) if refund.cause == "found"]
    assert (till.order(order_id).refunded_minor, found.state) == (minor, "succeeded")


@pytest.mark.parametrize("parts", [[100], [100, 200], [100, TOTAL - 1]])
@pytest.mark.parametrize("comes_back", [True, False])
def test_cancelling_refunds_the_rest_of_another_amount_in_review(
    till: Till, *, parts: list[int], comes_back: bool
) -> None:
    order_id = _another_amount(till)
    made = [till.provider.refund_made_elsewhere(till.reference(order_id), part) for part in parts]
    for each in made:
        assert till.tell(each) == "refunded"
    if comes_back:
        assert till.tell(till.provider.fail_refund(made[-1].reference)) == "refund_failed"
    left = TOTAL + 100 - sum(parts[:-1] if comes_back else parts)
    assert (till.order(order_id).state, till.payment(order_id).left_minor) == (("pending", "review"), left)

    till.cancel(order_id)
    till.resolve()

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("cancelled", "refunded"), TOTAL + 100)


@pytest.mark.parametrize("parts", [[TOTAL + 100], [100, TOTAL]])
def test_a_full_refund_of_a_mismatch_in_the_dashboard_cancels_the_order(till: Till, parts: list[int]) -> None:
    order_id = _another_amount(till)
    for part in parts:
        assert till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), part)) == "refunded"

    assert till.order(order_id).state == ("cancelled", "refunded")
    made = list(till.provider.known_refunds)
    assert till.tell(till.provider.fail_refund(made[-1])) == "refund_failed"
    assert till.order(order_id).state == ("cancelled", "paid" if len(parts) == 1 else "partially_refunded")


def test_a_refund_that_is_told_before_its_payment_has_the_provider_asked_for_both(till: Till) -> None:
    order_id = till.started()
    till.provider.pay(till.reference(order_id))
    made = till.provider.refund_made_elsewhere(till.reference(order_id), 1500)

    assert till.tell(made) == "refund_before_payment"
    assert till.order(order_id).state == ("pending", "unpaid")
    assert till.resolve() == ["paid"]

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("confirmed", "partially_refunded"), 1500)
    assert till.payment(order_id).next_check_at is None
    assert till.tell(made) == "nothing_new"


def test_the_news_that_a_refund_failed_may_overtake_the_news_that_it_was_made(till: Till) -> None:
    order_id = till.paid()
    till.provider.refunds_become = "pending"
    till.refund(order_id, 1500)
    [made] = till.provider.known_refunds.values()

    failed = till.provider.fail_refund(made.reference)

    assert [till.tell(failed), till.tell(replace(made, status="succeeded"))] == ["refund_failed", "nothing_new"]
    assert (till.order(order_id).state, till.payment(order_id).refunded_minor) == (("confirmed", "paid"), 0)


def test_a_refund_that_is_told_before_its_payment_is_not_forgotten_when_the_payment_is_told(till: Till) -> None:
    order_id = till.started()
    intent = till.provider.pay(till.reference(order_id))
    refund = till.provider.refund_made_elsewhere(intent.reference, 500)

    assert [till.tell(refund), till.tell(intent)] == ["refund_before_payment", "paid"]
    till.resolve()

    assert till.order(order_id).state == ("confirmed", "partially_refunded")


def test_a_refund_of_the_dashboard_that_has_failed_is_not_taken_for_made_by_older_news_of_it(till: Till) -> None:
    order_id = till.paid()
    made = till.provider.refund_made_elsewhere(till.reference(order_id), 500)
    failed = till.provider.fail_refund(made.reference)

    assert [till.tell(failed), till.tell(made)] == ["ignored", "nothing_new"]

    assert till.order(order_id).state == ("confirmed", "paid")
    assert till.payment(order_id).left_minor == TOTAL
    assert [(each.amount_minor, each.state) for each in till.refunds(order_id)] == [(500, "failed")]
