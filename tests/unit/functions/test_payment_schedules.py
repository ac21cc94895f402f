"""Schedules of payments, with sample events on fakes."""

from collections.abc import Callable
from contextlib import nullcontext
from copy import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from unittest.mock import Mock

import pytest

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.payments.outcomes import Outcome
from microshop.payments.queries import OverdueOrder
from tests.support.builders import NOON, an_execution
from tests.support.functions import load_function, plug, sample_event
from tests.support.output import Output, dimensions_of
from tests.support.payment_builders import a_payment, a_refund

pytestmark = pytest.mark.usefixtures("environment")


def _expiring(
    *outcomes: Outcome | Exception, pages: tuple[list[int], ...] = ([1, 2, 3], []), with_attempt: tuple[int, ...] = ()
) -> tuple[ModuleType, Mock]:
    module, unpaid = load_function("schedules/expire_unpaid"), Mock(side_effect=pages)
    left = [list(with_attempt), []]
    plug(module, PaymentsUnitOfWork=Mock(queries=Mock(unpaid_orders=Mock(side_effect=_unpaid(unpaid, left)))))
    module.expire_order = Mock(side_effect=outcomes)  # type: ignore[attr-defined]
    module.random = Mock(shuffle=lambda _: None)  # type: ignore[attr-defined]
    return module, unpaid


def _unpaid(without_attempt: Mock, left: list[list[int]]) -> Callable[..., list[OverdueOrder]]:
    def unpaid(*values: object, has_attempt: bool) -> list[OverdueOrder]:
        ids = left.pop(0) if has_attempt else without_attempt(*values)
        return [OverdueOrder(order_id, NOON) for order_id in ids]

    return unpaid


def test_expire_unpaid_reports_how_many_expired_failed_and_are_left(output: Output) -> None:
    module, _ = _expiring(Outcome.EXPIRED, Unavailable("payments"), Outcome.PAID)

    done = module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert done == {"expired": 1, "failed": 1, "left": 1}
    assert [line["orders_expired_total"] for line in output.metric("orders_expired_total")] == [[1.0]]


def test_expire_unpaid_expires_unpaid_orders_while_the_provider_is_silent(output: Output) -> None:
    module, _ = _expiring(pages=(list(range(1, 21)), []), with_attempt=tuple(range(101, 121)))

    def expire(order_id: int, *_: object) -> Outcome:
        if order_id > 100:
            raise PaymentOutcomeUnknown("timeout")
        return Outcome.EXPIRED

    module.expire_order = expire  # type: ignore[attr-defined]

    done = module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert (done["expired"], done["failed"]) == (20, 5)
    assert output.logs[-1]["tasks"] == ["with attempt"]


def test_expire_unpaid_does_nothing_during_another_run() -> None:
    module, unpaid = _expiring()
    module.lease = lambda *_: nullcontext(enter_result=False)  # type: ignore[attr-defined]

    done = module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert (done, unpaid.call_count) == ({"expired": 0, "failed": 0, "left": 0}, 0)


@pytest.mark.parametrize(
    "error",
    [PaymentOutcomeUnknown("timeout"), Unavailable("payments"), PaymentRefused("gone"), RuntimeError("unforeseen")],
)
def test_expire_unpaid_continues_after_an_order_that_fails(output: Output, error: Exception) -> None:
    module, _ = _expiring(error, Outcome.EXPIRED, Outcome.EXPIRED)

    done = module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert (done["failed"], done["expired"]) == (1, 2)
    [line] = output.metric("system_errors_total")
    assert dimensions_of(line)["type"] == "payments"
    assert (output.logs[0]["level"], output.logs[0]["order_id"]) == ("ERROR", 1)


def test_expire_unpaid_continues_after_the_last_order_of_a_page(output: Output) -> None:
    module, unpaid = _expiring(*[Outcome.EXPIRED] * 5, pages=([4, 7, 9], [12, 13], []))

    module.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert [call.args[1] for call in unpaid.call_args_list] == [None, OverdueOrder(9, NOON), OverdueOrder(13, NOON)]
    assert [call.args[0] for call in module.expire_order.call_args_list] == [4, 7, 9, 12, 13]


class _Execution:
    """An execution of one minute; the test lets the time pass."""

    def __init__(self) -> None:
        self.left = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left


def _after(execution: _Execution, milliseconds: int, outcome: Outcome) -> Outcome:
    execution.left -= milliseconds
    return outcome


def test_expire_unpaid_stops_before_its_timeout_and_reports(output: Output) -> None:
    module, _ = _expiring()
    execution = _Execution()
    module.expire_order = lambda *_: _after(execution, 15_000, Outcome.EXPIRED)  # type: ignore[attr-defined]

    done = module.handler(sample_event("schedules/expire_unpaid"), execution)

    assert done == {"expired": 3, "failed": 0, "left": 0}
    assert output.metric("orders_expired_total")


def _resolving(
    checks: list[Outcome | Exception],
    refunds: list[Outcome | Exception],
    cancellations: list[Outcome | Exception] | None = None,
) -> ModuleType:
    """A resolver with due attempts and refunds of these outcomes. Abandoned attempts have ids from 1000."""
    module = load_function("schedules/resolve_payments")
    cancelled = cancellations or []
    due = Mock(
        due_payments=lambda *_: [replace(a_payment(), id=number) for number in range(1, len(checks) + 1)],
        due_cancellations=lambda *_: [replace(a_payment(), id=1000 + number) for number in range(len(cancelled))],
        due_refunds=lambda *_: [a_refund() for _ in refunds],
        due_searches=lambda *_: [],
        oldest_requested_refund=lambda: None,
    )
    plug(module, PaymentsUnitOfWork=Mock(queries=due), provider=None)
    left = {"check": list(checks), "cancel": list(cancelled)}
    module.resolve_payment = lambda payment, *_: _next(left["cancel" if payment.id >= 1000 else "check"])  # type: ignore[attr-defined]
    module.resolve_refund = Mock(side_effect=refunds)  # type: ignore[attr-defined]
    return module


def _next(outcomes: list[Outcome | Exception]) -> Outcome:
    outcome = outcomes.pop(0)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _resolve(module: ModuleType, execution: object) -> dict[str, int]:
    done: dict[str, int] = module.handler(sample_event("schedules/resolve_payments"), execution)
    return done


def test_resolve_payments_reports_the_outcomes(output: Output) -> None:
    module = _resolving([Outcome.PAID, Outcome.WAITING], [Outcome.REFUNDED], [Outcome.CANCELLED])

    done = _resolve(module, an_execution(milliseconds_left=60_000))

    assert done == {"paid": 1, "waiting": 1, "refunded": 1, "cancelled": 1}
    assert sorted(line["outcome"] for line in output.logs) == ["cancelled", "paid", "refunded", "waiting"]
    assert [line["refund_id"] for line in output.logs if "refund_id" in line] == [52]


def test_resolve_payments_continues_after_an_attempt_that_fails(output: Output) -> None:
    refused, unforeseen = PaymentRefused("gone"), RuntimeError("unforeseen")
    attempts: list[Outcome | Exception] = [PaymentOutcomeUnknown("timeout"), refused, unforeseen, Outcome.PAID]
    module = _resolving(attempts, [Unavailable("payments"), Outcome.REFUNDED])

    done = _resolve(module, an_execution(milliseconds_left=60_000))

    assert done == {"failed": 4, "paid": 1, "refunded": 1}
    assert [dimensions_of(line)["type"] for line in output.metric("system_errors_total")] == ["payments"] * 4


def test_resolve_payments_counts_outcomes_that_need_review(output: Output) -> None:
    module = _resolving([Outcome.MISMATCH], [Outcome.REFUND_FAILED])

    _resolve(module, an_execution(milliseconds_left=60_000))

    reasons = [dimensions_of(line)["reason"] for line in output.metric("payments_to_review_total")]
    assert sorted(reasons) == ["mismatch", "refund_failed"]


def test_resolve_payments_gives_up_a_line_when_the_provider_is_silent(output: Output) -> None:
    silent = PaymentOutcomeUnknown("timeout")
    module = _resolving([Outcome.PAID] * 6, [silent] * 30)

    done = _resolve(module, an_execution(milliseconds_left=60_000))

    assert done == {"failed": 5, "paid": 6}
    assert output.logs[-1]["tasks"] == ["refunds"]


def test_resolve_payments_continues_when_the_provider_answers_again() -> None:
    silent: Outcome | Exception = PaymentOutcomeUnknown("timeout")
    refunds = [silent] * 4 + [Outcome.REFUNDED] + [silent] * 4 + [Outcome.REFUNDED]

    done = _resolve(_resolving([], refunds), an_execution(milliseconds_left=60_000))

    assert done == {"failed": 8, "refunded": 2}


def test_resolve_payments_gives_each_line_its_share_of_the_time() -> None:
    execution = _Execution()
    module = _resolving([Outcome.PAID] * 1000, [Outcome.REFUNDED] * 1000, [Outcome.CANCELLED] * 1000)
    module.resolve_refund = lambda *_: _after(execution, 1000, Outcome.REFUNDED)  # type: ignore[attr-defined]
    module.resolve_payment = lambda payment, *_: _after(  # type: ignore[attr-defined]
        execution, 100, Outcome.CANCELLED if payment.id >= 1000 else Outcome.PAID
    )

    done = _resolve(module, execution)

    assert done["refunded"] in (11, 12)  # a third of the 35 s that remain besides the reserve for the last call
    assert 110 <= done["paid"] <= 121
    assert 110 <= done["cancelled"] <= 121


def test_resolve_payments_stops_before_its_timeout() -> None:
    execution = _Execution()
    module = _resolving([], [Outcome.REFUNDED] * 100)
    module.resolve_refund = lambda *_: _after(execution, 1000, Outcome.REFUNDED)  # type: ignore[attr-defined]

    assert _resolve(module, execution) == {"refunded": 36}


def test_resolve_payments_does_nothing_during_another_run(output: Output) -> None:
    module = _resolving([Outcome.PAID], [Outcome.REFUNDED])
    module.lease = lambda *_: nullcontext(enter_result=False)  # type: ignore[attr-defined]

    assert _resolve(module, an_execution(milliseconds_left=60_000)) == {"claimed_elsewhere": 1}


def test_resolve_payments_measures_the_age_of_the_oldest_refund(output: Output) -> None:
    module, requested = _resolving([], []), datetime.now(UTC) - timedelta(minutes=20)
    plug(module, PaymentsUnitOfWork=Mock(queries=Mock(oldest_requested_refund=lambda: requested)))
    module.lease = lambda *_: nullcontext(enter_result=False)  # type: ignore[attr-defined]

    _resolve(module, an_execution(milliseconds_left=60_000))

    [line] = output.metric("refunds_oldest_seconds")
    assert line["refunds_oldest_seconds"][0] >= 20 * 60
