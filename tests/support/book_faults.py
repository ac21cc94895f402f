"""A fault for each check that reads slices, each on an order of its own."""

from collections.abc import Callable, Mapping

from microshop.payments.provider_updates import apply_update
from microshop.reconciliation.check import CheckName
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer
from tests.support.paid_shop import PaidShop
from tests.support.use_cases import cancel, confirm

_MOVE = """
INSERT INTO stock_movements (product_id, kind, quantity, order_id, reason, created_at)
SELECT MIN(product_id), '{kind}', {quantity}, {order}, 'a fault', UTC_TIMESTAMP(6)
FROM order_lines
"""
_RECEIVED = """
INSERT INTO stock_movements (product_id, kind, quantity, reason, created_at)
SELECT product_id, 'received', 5, 'a fault', UTC_TIMESTAMP(6)
FROM order_lines
WHERE order_id = {order}
"""
_EVENT = """
INSERT INTO outbox (event_id, type, aggregate, detail, created_at, next_attempt_at, published_at)
VALUES ('a-fault', 'OrderCreated', 'order:{order}', '{{}}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
"""
_UNHANDLED = """
DELETE inbox
FROM inbox
JOIN outbox ON outbox.event_id = inbox.event_id
WHERE outbox.aggregate = 'order:{order}'
"""
_PUBLISHED_AGAIN = (
    "UPDATE outbox SET published_at = UTC_TIMESTAMP(6) - INTERVAL 20 MINUTE WHERE aggregate = 'order:{order}'"
)
_PAYMENTS = "SELECT id FROM payments WHERE order_id = {order}"


def _paid(shop: PaidShop) -> int:
    shop.pay(order_id := shop.place())
    return order_id


def _refunded(shop: PaidShop) -> int:
    shop.refund(order_id := _paid(shop), 500, units=1)
    return order_id


def _cancelled(shop: PaidShop) -> int:
    cancel(shop.database, shop.customer, order_id := shop.place())
    return order_id


def _disputed(shop: PaidShop) -> int:
    apply_update("stripe", shop.provider.dispute(shop.pay(order_id := shop.place())), shop.uow)
    return order_id


def _paid_late(shop: PaidShop) -> int:
    reference = shop.start(order_id := shop.place())
    shop.expire(order_id)
    shop.hear_of_payment(shop.provider.pay(reference).reference)
    shop.send_refunds()
    return order_id


def _refund_failed(shop: PaidShop, order_id: int) -> None:
    shop.provider.refund_status = "failed"
    cancel(shop.database, shop.admin, order_id)
    shop.send_refunds()
    shop.provider.refund_status = "succeeded"


def _cancelled_after_transfer(shop: PaidShop, order_id: int) -> None:
    confirm(shop.database, shop.admin, order_id)
    cancel(shop.database, shop.admin, order_id)


type _Order = Callable[[PaidShop], int]
type _Fault = str | Callable[[PaidShop, int], None]
_FAULTS: Mapping[CheckName, tuple[_Order, _Fault]] = {
    CheckName.STOCK_DIFFERS_FROM_LEDGER: (PaidShop.place, _RECEIVED),
    CheckName.STOCK_TAKEN_DIFFERS_FROM_LINES: (
        PaidShop.place,
        "UPDATE order_lines SET quantity = 3 WHERE order_id = {order}",
    ),
    CheckName.STOCK_MOVEMENT_WITHOUT_LINE: (
        PaidShop.place,
        _MOVE.format(kind="sold", quantity=-1, order="{order} + 1"),
    ),
    CheckName.CLOSED_ORDER_NOT_RESTOCKED: (
        _cancelled,
        "DELETE FROM stock_movements WHERE order_id = {order} AND kind = 'returned'",
    ),
    CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS: (
        _refunded,
        "UPDATE order_lines SET returned = 0 WHERE order_id = {order}",
    ),
    CheckName.ACTIVE_ORDER_RESTOCKED: (PaidShop.place, _MOVE.format(kind="returned", quantity=2, order="{order}")),
    CheckName.UNITS_WRITTEN_OFF_WITHOUT_RETURN: (
        PaidShop.place,
        _MOVE.format(kind="written_off", quantity=-1, order="{order}"),
    ),
    CheckName.RESTOCKED_UNITS_DIFFER_FROM_REFUND: (
        _refunded,
        "DELETE FROM stock_movements WHERE order_id = {order} AND refund_id > 0",
    ),
    CheckName.SUBTOTAL_DIFFERS_FROM_LINES: (
        PaidShop.place,
        "UPDATE orders SET subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1 WHERE id = {order}",
    ),
    CheckName.HISTORY_LENGTH_DIFFERS_FROM_VERSION: (
        PaidShop.place,
        "UPDATE orders SET version = version + 1 WHERE id = {order}",
    ),
    CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY: (_paid, "UPDATE orders SET status = 'shipped' WHERE id = {order}"),
    CheckName.ORDER_CHANGE_WITHOUT_EVENT: (PaidShop.place, "DELETE FROM outbox WHERE aggregate = 'order:{order}'"),
    CheckName.ORDER_EVENT_WITHOUT_CHANGE: (PaidShop.place, _EVENT),
    CheckName.PAYMENT_WITHOUT_LEDGER_ENTRY: (
        _paid,
        "DELETE FROM payment_entries WHERE kind = 'captured' AND payment_id IN ({payments})",
    ),
    CheckName.PAYMENT_DIFFERS_FROM_LEDGER: (
        _paid,
        "UPDATE payment_entries SET amount_minor = 1 WHERE kind = 'captured' AND payment_id IN ({payments})",
    ),
    CheckName.REFUND_DIFFERS_FROM_LEDGER: (
        _refunded,
        "DELETE FROM payment_entries WHERE kind = 'refunded' AND payment_id IN ({payments})",
    ),
    CheckName.PAYMENT_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS: (
        _refunded,
        "UPDATE payments SET refunded_minor = 499 WHERE order_id = {order}",
    ),
    CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER: (
        _paid,
        "UPDATE orders SET payment_status = 'unpaid', captured_minor = 0 WHERE id = {order}",
    ),
    CheckName.PAID_ORDER_WITHOUT_PAYMENT: (
        _paid,
        "UPDATE payments SET state = 'failed', captured_minor = 0 WHERE order_id = {order}",
    ),
    CheckName.ORDER_CAPTURED_AMOUNT_DIFFERS_FROM_PAYMENT: (
        _paid,
        "UPDATE orders SET captured_minor = captured_minor + 1 WHERE id = {order}",
    ),
    CheckName.ORDER_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS: (
        _refunded,
        "UPDATE orders SET refunded_minor = 499 WHERE id = {order}",
    ),
    CheckName.PAID_ORDER_EXPIRED: (
        _paid_late,
        "UPDATE payment_entries SET created_at = created_at - INTERVAL 1 HOUR WHERE payment_id IN ({payments})",
    ),
    CheckName.ORDER_DIFFERS_FROM_DISPUTES: (_disputed, "UPDATE orders SET dispute_status = NULL WHERE id = {order}"),
    CheckName.PAYMENT_DIFFERS_FROM_DISPUTES: (
        _disputed,
        "UPDATE payments SET dispute_status = NULL WHERE order_id = {order}",
    ),
    CheckName.DISPUTE_WITHOUT_LEDGER_ENTRY: (
        _disputed,
        "DELETE FROM payment_entries WHERE kind = 'disputed' AND payment_id IN ({payments})",
    ),
    CheckName.EVENT_NOT_HANDLED: (PaidShop.place, _UNHANDLED),
    CheckName.DUE_REFUND_NOT_IN_PROGRESS: (_paid, _refund_failed),
    CheckName.MANUAL_REFUND_DUE: (PaidShop.place, _cancelled_after_transfer),
}
FAULTY_CHECKS = frozenset(_FAULTS)
# Each is committed with a change of its order, payment or refund, or is a change itself.
_TOUCH = (
    "UPDATE orders SET updated_at = UTC_TIMESTAMP(6) WHERE id = {order}",
    "UPDATE payments SET updated_at = UTC_TIMESTAMP(6) WHERE order_id = {order}",
    "UPDATE refunds SET updated_at = UTC_TIMESTAMP(6) WHERE order_id = {order}",
    _PUBLISHED_AGAIN,
)
_AGE = (
    "UPDATE orders SET updated_at = updated_at - INTERVAL {days} DAY",
    "UPDATE payments SET updated_at = updated_at - INTERVAL {days} DAY",
    "UPDATE refunds SET updated_at = updated_at - INTERVAL {days} DAY",
    "UPDATE stock_movements SET created_at = created_at - INTERVAL {days} DAY",
    "UPDATE outbox SET created_at = created_at - INTERVAL {days} DAY",
    "UPDATE outbox SET published_at = published_at - INTERVAL {days} DAY",
)


def orders_to_break(shop: PaidShop) -> dict[CheckName, int]:
    """Makes an order for each fault, in books that agree, and handles all events."""
    shop.product_id = put_on_sale(shop.database, price_minor=1999, stock=1000)
    orders = {}
    for check, (make_order, _) in _FAULTS.items():
        shop.customer = a_customer(shop.database)
        orders[check] = make_order(shop)
        shop.deliver_events()
    return orders


def break_books(shop: PaidShop, orders: Mapping[CheckName, int]) -> None:
    """Makes the faults, each in a transaction that changes its order, payment or refund."""
    for check, order_id in orders.items():
        fault = _FAULTS[check][1]
        if callable(fault):
            fault(shop, order_id)
        else:
            payments = _PAYMENTS.format(order=order_id)
            shop.database.execute(fault.format(order=order_id, payments=payments))
        for statement in _TOUCH:
            shop.database.execute(statement.format(order=order_id))


def age(shop: PaidShop, days: int = 2) -> None:
    """Lets all changes so far be older."""
    for statement in _AGE:
        shop.database.execute(statement.format(days=days))
