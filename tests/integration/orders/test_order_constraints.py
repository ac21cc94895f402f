"""The database itself refuses order states, amounts and changes that the rules do not allow."""

from copy import replace
from datetime import timedelta

import pytest

from microshop.caller import Caller
from microshop.errors import TransactionConflict
from microshop.orders.amounts import is_consistent
from microshop.orders.events import OrderCancelled, OrderShipped, order_fields, restocked_lines
from microshop.orders.history import Actor, Change
from microshop.orders.order import Order
from microshop.orders.states import CANCEL, PAYMENT_STATUSES, PAYMENT_STATUSES_OF, SHIP, STATUSES
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from tests.support.orders import placed_order_id, stored_order
from tests.support.records import all_order_rows, event_types
from tests.support.use_cases import cancel, confirm


def test_the_database_accepts_exactly_the_states_of_the_table(database: Database, customer: Caller) -> None:
    order_id, accepted = placed_order_id(database, customer), dict[str, set[str]]()

    for status in STATUSES:
        for payment_status in PAYMENT_STATUSES:
            if _accepts(database, order_id, status, payment_status):
                accepted.setdefault(status, set()).add(payment_status)

    assert accepted == PAYMENT_STATUSES_OF


def test_the_database_accepts_exactly_the_consistent_amounts(database: Database, customer: Caller) -> None:
    order_id = placed_order_id(database, customer)
    amounts = [(captured, refunded) for captured in (0, 100) for refunded in (-1, 0, 50, 100, 101)]

    for payment_status in PAYMENT_STATUSES:
        status = "pending" if payment_status == "processing" else "cancelled"
        for money in amounts:
            assert _accepts(database, order_id, status, payment_status, money) == is_consistent(payment_status, *money)


# Captured and refunded amounts that are consistent with the payment status.
_MONEY = {"paid": (100, 0), "partially_refunded": (100, 50), "refunded": (100, 100)}


def _accepts(
    database: Database, order_id: int, status: str, payment_status: str, money: tuple[int, int] | None = None
) -> bool:
    captured, refunded = money or _MONEY.get(payment_status, (0, 0))
    database.begin()
    try:
        database.execute(
            """
            UPDATE orders
            SET status = %(status)s,
                payment_status = %(payment_status)s,
                captured_minor = %(captured)s,
                refunded_minor = %(refunded)s
            WHERE id = %(id)s
            """,
            {
                "id": order_id,
                "status": status,
                "payment_status": payment_status,
                "captured": captured,
                "refunded": refunded,
            },
        )
    except ConstraintRefused:
        return False
    finally:
        database.rollback()
    return True


def _shipping(order: Order) -> Change:
    after = replace(order, status="shipped", version=order.version + 1, updated_at=order.updated_at + timedelta(1))
    event = OrderShipped(**order_fields(after), carrier="DHL", tracking_number="1")
    return Change(after, SHIP.action, Actor("admin", None), event)


def test_the_database_refuses_a_change_that_the_state_does_not_allow(database: Database, customer: Caller) -> None:
    order_id, before = placed_order_id(database, customer), all_order_rows(database)
    change = _shipping(replace(stored_order(database, order_id), payment_status="paid"))

    with pytest.raises(TransactionConflict), PaymentsUnitOfWork(database) as transaction:
        transaction.orders.change(change, SHIP)

    assert all_order_rows(database) == before


def test_the_database_refuses_a_change_of_an_older_version(database: Database, admin: Caller, customer: Caller) -> None:
    order_id = placed_order_id(database, customer)
    read = stored_order(database, order_id)
    confirm(database, admin, order_id)
    after = read.after(CANCEL, read.updated_at)
    event = OrderCancelled(
        **order_fields(after), previous_status=read.status, restocked=restocked_lines(read), dispute_status=None
    )
    change = Change(after, CANCEL.action, Actor("admin", None), event)

    with pytest.raises(TransactionConflict), PaymentsUnitOfWork(database) as transaction:
        transaction.orders.change(change, CANCEL)

    assert stored_order(database, order_id).state == ("confirmed", "paid")
    assert event_types(database) == {"OrderCreated": 1, "OrderConfirmed": 1}


def test_the_ledger_refuses_to_restock_an_order_twice(database: Database, customer: Caller) -> None:
    order_id = placed_order_id(database, customer)
    order = stored_order(database, order_id)
    cancel(database, customer, order_id)

    with pytest.raises(DuplicateKey), PaymentsUnitOfWork(database) as transaction:
        transaction.stock.restock_order(order, None, "once more")
