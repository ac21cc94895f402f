"""The jobs of killed payment workers: the preparation of each, and its final state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown
from microshop.orders.states import State
from tests.support.file_provider import FileProvider
from tests.support.orders import SHIPPED_FREE, place
from tests.support.payments import TOTAL, Till


@dataclass(frozen=True)
class FinalState:
    """The final state: of the order and its attempt, the actions of its history, the stock, and the refunded amount."""

    order: State
    payment: str
    actions: list[str]
    stock: int
    refunded: int


@dataclass(frozen=True)
class Case:
    """The preparation of a job, its final state, and whether it is one transaction."""

    prepare: Callable[[Till, int], int]
    end: FinalState
    is_one_transaction: bool = False


def _place(till: Till, kettle: int) -> int:
    return till.place((kettle, 3))


def _pay_at_provider(till: Till, kettle: int) -> int:
    order_id = till.place_and_start((kettle, 3))
    till.provider.pay(till.reference(order_id))
    return order_id


def _make_overdue(till: Till, kettle: int) -> int:
    order_id = till.place_and_start((kettle, 3))
    till.make_overdue(order_id)
    return order_id


def _pay(till: Till, kettle: int) -> int:
    return till.place_and_pay((kettle, 3))


def _settle_pending_refund(till: Till, kettle: int) -> int:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.refund_status = "pending"
    till.refund(order_id, 1999, restock=[(kettle, 1)])
    till.provider.refund_status = "succeeded"
    [made] = till.provider.refunds_of(till.reference(order_id))
    till.provider.settle_refund(made.reference)
    return order_id


def _place_free(till: Till, kettle: int) -> int:
    till.database.execute("UPDATE products SET price_minor = 0 WHERE id = %(id)s", {"id": kettle})
    return int(place(till.database, till.customer, [(kettle, 3)], rules=SHIPPED_FREE)["order_id"])


def _dispute(till: Till, kettle: int) -> int:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.dispute(till.reference(order_id))
    return order_id


def _lose_dispute(till: Till, kettle: int) -> int:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.dispute(till.reference(order_id), "lost")
    return order_id


def _win_dispute_of_held_refund(till: Till, kettle: int) -> int:
    order_id = till.place_and_pay((kettle, 3))
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.receive(dispute)
    till.provider.update_dispute(dispute.reference, "won")
    till.age(order_id)
    return order_id


def _refund_with_timeout(till: Till, kettle: int) -> int:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=True)
    till.refund(order_id, 1999, restock=[(kettle, 1)])
    return _save_unanswered(till, order_id)


def _start_with_timeout(till: Till, kettle: int) -> int:
    order_id = till.place((kettle, 3))
    till.provider.fail("start", PaymentOutcomeUnknown("timeout"), acted=True)
    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)
    return _save_unanswered(till, order_id)


def _pay_with_timeout_and_cancel(till: Till, kettle: int) -> int:
    order_id = _start_with_timeout(till, kettle)
    till.cancel(order_id)
    till.provider.pay(till.reference(order_id))
    return order_id


def _save_unanswered(till: Till, order_id: int) -> int:
    provider = till.provider
    assert isinstance(provider, FileProvider)
    provider.save()
    till.age(order_id, timedelta(minutes=1))
    return order_id


_REFUNDED_IN_PART = FinalState(
    ("confirmed", "partially_refunded"), "captured", ["placed", "paid", "partially_refunded"], 8, 1999
)


CASES = {
    "start": Case(_place, FinalState(("pending", "unpaid"), "started", ["placed"], 7, 0)),
    "settle": Case(
        _pay_at_provider,
        FinalState(("confirmed", "paid"), "captured", ["placed", "paid"], 7, 0),
        is_one_transaction=True,
    ),
    "expire": Case(_make_overdue, FinalState(("expired", "unpaid"), "cancelled", ["placed", "expired"], 10, 0)),
    "refund": Case(_pay, _REFUNDED_IN_PART),
    "refund nothing": Case(_place_free, FinalState(("confirmed", "paid"), "captured", ["placed", "refunded"], 9, 0)),
    "settle refund": Case(_settle_pending_refund, _REFUNDED_IN_PART, is_one_transaction=True),
    "settle dispute": Case(
        _dispute,
        FinalState(("confirmed", "paid"), "captured", ["placed", "paid", "disputed"], 7, 0),
        is_one_transaction=True,
    ),
    "settle lost dispute": Case(
        _lose_dispute,
        FinalState(("confirmed", "paid"), "captured", ["placed", "paid", "disputed", "dispute_lost"], 7, 0),
        is_one_transaction=True,
    ),
    "refund after a dispute": Case(
        _win_dispute_of_held_refund,
        FinalState(
            ("cancelled", "refunded"),
            "captured",
            ["placed", "paid", "cancelled", "disputed", "dispute_won", "refunded"],
            10,
            TOTAL,
        ),
    ),
    "cancel": Case(
        _pay,
        FinalState(("cancelled", "refunded"), "captured", ["placed", "paid", "cancelled", "refunded"], 10, TOTAL),
    ),
    "resolve refund": Case(_refund_with_timeout, _REFUNDED_IN_PART),
    "resolve unknown": Case(
        _start_with_timeout,
        FinalState(("pending", "unpaid"), "started", ["placed", "payment_review", "payment_reopened"], 7, 0),
    ),
    "resolve abandoned": Case(
        _pay_with_timeout_and_cancel,
        FinalState(
            ("cancelled", "refunded"),
            "captured",
            ["placed", "payment_review", "cancelled", "paid_late", "refunded"],
            10,
            TOTAL,
        ),
    ),
}
