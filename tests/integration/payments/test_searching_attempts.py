"""Searching the provider for attempts whose reference was lost."""

from collections.abc import Iterator
from copy import replace
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, Unavailable
from microshop.payments.providers.port import Intent
from microshop.payments.resolving import resolve_search_result
from microshop.payments.searching import search
from tests.integration.conftest import Connect
from tests.support.fake_provider import Call, FakeProvider
from tests.support.payments import TOTAL, Till
from tests.support.threads import at_once


def test_one_of_several_concurrent_runs_applies_a_search_result(till: Till, connect: Connect) -> None:
    order_id, tills = till.place_with_timeout(), [till.on(connect()) for _ in range(8)]
    till.age(order_id, timedelta(0))
    [due] = till.uow.queries.due_searches(datetime.now(UTC), 10)

    outcomes = at_once(8, lambda n: tills[n].search([due])[0])

    assert sorted(map(str, outcomes)) == ["claimed_elsewhere"] * 7 + ["reopened"]


def _count_calls(till: Till, call: Call) -> int:
    return [each for each, _ in till.provider.calls].count(call)


def test_one_listing_serves_all_attempts_without_a_reference(till: Till) -> None:
    orders = [*(till.place_with_timeout() for _ in range(3)), *(till.place_with_timeout(acted=False) for _ in range(2))]
    for order_id in orders:
        till.age(order_id, timedelta(minutes=3))

    assert sorted(till.resolve()) == ["failed"] * 2 + ["reopened"] * 3

    assert (_count_calls(till, "intents"), _count_calls(till, "find")) == (1, 0)


def test_a_search_ignores_attempts_of_another_shop(till: Till) -> None:
    order_id = till.place_with_timeout(acted=False)
    attempt = till.payment(order_id).attempt
    till.provider.add_intent(TOTAL, "USD", order_id=order_id, attempt=attempt, foreign=True)
    till.age(order_id)

    assert till.resolve() == ["failed"]


def test_a_search_of_a_day_needs_few_listings(till: Till) -> None:
    till.age(till.place_with_timeout(), timedelta(days=1))

    assert till.resolve() == ["reopened"]

    assert _count_calls(till, "intents") < 10


class _FailingListProvider(FakeProvider):
    """Fails once in a list, after `left` attempts."""

    left = 0

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        for intent in super().intents(since, until):
            self.left -= 1
            if self.left == -1:
                raise Unavailable("payments")
            yield intent


def test_attempts_found_before_a_listing_fails_are_resolved(till: Till) -> None:
    provider = _FailingListProvider()
    till = replace(till, provider=provider)
    found, missed = till.place_with_timeout(), till.place_with_timeout()
    for order_id in (found, missed):
        till.age(order_id, timedelta(0))
    provider.left = 1

    searched = search(till.uow.queries.due_searches(datetime.now(UTC), 10), provider, till.uow)
    first = next(searched)
    assert first is not None
    assert first[0].order_id == found
    assert resolve_search_result(*first, provider, till.uow) == "reopened"
    with pytest.raises(Unavailable):
        next(searched)

    assert (till.payment(found).state, till.payment(missed).checks) == ("started", 0)
    assert till.resolve() == ["reopened"]


def test_a_search_continues_where_the_last_one_ended(till: Till) -> None:
    order_id = till.place_with_timeout(acted=False)
    till.age(order_id, timedelta(hours=3))
    searched = search(till.uow.queries.due_searches(datetime.now(UTC), 10), till.provider, till.uow)
    for _ in range(2):
        assert next(searched) is None
    until = till.payment(order_id).searched_until
    assert until is not None

    till.provider.calls.clear()
    assert till.resolve() == ["failed"]

    assert till.provider.calls[0] == ("intents", until.isoformat())


def test_the_next_search_finds_an_attempt_that_arrived_late(till: Till) -> None:
    order_id = till.place_with_timeout(acted=False)
    till.age(order_id, timedelta(0))
    assert till.resolve() == ["waiting"]
    till.provider.fail("start", PaymentOutcomeUnknown("timeout"), acted=True)
    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)
    till.age(order_id, timedelta(0))

    assert till.resolve() == ["reopened"]
