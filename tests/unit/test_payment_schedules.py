"""The schedules of payments, given the events that stand for them in events/, on fakes."""

from types import ModuleType
from unittest.mock import Mock

import pytest

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.payments.outcomes import Outcome
from tests.support.builders import an_execution
from tests.support.functions import load_function, plug, sample_event
from tests.support.output import Output, dimensions_of
from tests.support.payment_builders import a_payment, a_refund

pytestmark = pytest.mark.usefixtures("environment")


def _expiring(
    *outcomes: Outcome | Exception, pages: tuple[list[int], ...] = ([1, 2, 3], [])
) -> tuple[ModuleType, Mock]:
    module, unpaid = load_function("schedules/expire_unpaid"), Mock(side_effect=pages)
    plug(module, PaymentsUnitOfWork=Mock(queries=Mock(unpaid_orders=unpaid)))
    module.expire_order = Mock(side_effect=outcomes)  # type: ignore[attr-defined]
    return module, unpaid


def test_expire_unpaid_tells_how_many_expired_failed_and_are_left(output: Output) -> None:
    module, _ = _expiring(Outcome.EXPIRED, Unavailable("payments"), Outcome.PAID)

    done = module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert done == {"expired": 1, "failed": 1, "left": 1}
    assert [line["orders_expired_total"] for line in output.metric("orders_expired_total")] == [[1.0]]


@pytest.mark.parametrize(
    "error",
    [PaymentOutcomeUnknown("timeout"), Unavailable("payments"), PaymentRefused("gone"), RuntimeError("unforeseen")],
)
def test_an_order_that_cannot_be_expired_does_not_keep_the_next_one_from_it(output: Output, error: Exception) -> None:
    module, _ = _expiring(error, Outcome.EXPIRED, Outcome.EXPIRED)

    done = module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert (done["failed"], done["expired"]) == (1, 2)
    [line] = output.metric("system_errors_total")
    assert dimensions_of(line)["type"] == "payments"
    assert (output.logs[0]["level"], output.logs[0]["order_id"]) == ("ERROR", 1)


def test_expire_unpaid_goes_on_after_the_last_order_of_a_page(output: Output) -> None:
    module, unpaid = _expiring(*[Outcome.EXPIRED] * 5, pages=([4, 7, 9], [12, 13], []))

    module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert [call.args[1] for call in unpaid.call_args_list] == [0, 9, 13]
    assert [call.args[0] for call in module.expire_order.call_args_list] == [4, 7, 9, 12, 13]


class _ShorteningExecution:
    """An execution that has time for so many looks at it."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def get_remaining_time_in_millis(self) -> int:
        self._looks -= 1
        return 60_000 if self._looks >= 0 else 19_000


def test_expire_unpaid_stops_before_its_timeout_and_says_what_it_did(output: Output) -> None:
    module, _ = _expiring(Outcome.EXPIRED, Outcome.EXPIRED)

    done = module.handler(sample_event("schedules/expire_unpaid"), _ShorteningExecution(looks=2))

    assert done == {"expired": 2, "failed": 0, "left": 0}
    assert output.metric("orders_expired_total")


def _resolving(payments: list[Outcome | Exception], refunds: list[Outcome | Exception]) -> ModuleType:
    module = load_function("schedules/resolve_payments")
    due_payments, due_refunds = [a_payment() for _ in payments], [a_refund() for _ in refunds]
    due = Mock(due_payments=lambda *_: due_payments, due_refunds=lambda *_: due_refunds)
    plug(module, PaymentsUnitOfWork=Mock(queries=due), provider=None)
    module.resolve_payment = Mock(side_effect=payments)  # type: ignore[attr-defined]
    module.resolve_refund = Mock(side_effect=refunds)  # type: ignore[attr-defined]
    return module


def test_resolve_payments_tells_what_came_of_attempts_and_refunds(output: Output) -> None:
    module = _resolving([Outcome.PAID, Outcome.WAITING, Outcome.WAITING], [Outcome.REFUNDED])

    done = module.handler(sample_event("schedules/resolve_payments"), an_execution(milliseconds_left=60_000))

    assert done == {"paid": 1, "waiting": 2, "refunded": 1}
    assert [line["outcome"] for line in output.logs] == ["paid", "waiting", "waiting", "refunded"]
    assert [line.get("refund_id") for line in output.logs] == [None, None, None, 52]


def test_one_that_cannot_be_resolved_does_not_keep_those_behind_it_from_it(output: Output) -> None:
    refused, unforeseen = PaymentRefused("gone"), RuntimeError("unforeseen")
    attempts: list[Outcome | Exception] = [PaymentOutcomeUnknown("timeout"), refused, unforeseen, Outcome.PAID]
    module = _resolving(attempts, [Unavailable("payments"), Outcome.REFUNDED])

    done = module.handler(sample_event("schedules/resolve_payments"), an_execution(milliseconds_left=60_000))

    assert done == {"failed": 4, "paid": 1, "refunded": 1}
    assert [dimensions_of(line)["type"] for line in output.metric("system_errors_total")] == ["payments"] * 4


def test_resolve_payments_counts_what_needs_a_person(output: Output) -> None:
    module = _resolving([Outcome.MISMATCH], [Outcome.REFUND_FAILED])

    module.handler(sample_event("schedules/resolve_payments"), an_execution(milliseconds_left=60_000))

    reasons = [dimensions_of(line)["reason"] for line in output.metric("payments_to_review_total")]
    assert reasons == ["mismatch", "refund_failed"]


def test_resolve_payments_stops_before_its_timeout(output: Output) -> None:
    module = _resolving([Outcome.PAID] * 3, [Outcome.REFUNDED])

    assert module.handler(sample_event("schedules/resolve_payments"), _ShorteningExecution(looks=2)) == {"paid": 2}
