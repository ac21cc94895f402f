"""The unit of work that changes an order."""

from typing import Protocol

from microshop.audit.repository import AuditLog
from microshop.orders.order import Order
from microshop.orders.repository import OrderRepository, StockReturns
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork


class OrderPaymentService(Protocol):
    """The port to the payments of an order; `payments`, which depends on `orders`, implements it."""

    def cancel_pending_restocks(self, order: Order) -> None:
        """Refunds in progress no longer restock units, because the end of the order restocks all units."""
        ...

    def refund_or_abandon(self, order: Order) -> None:
        """Refund the captured payment of a cancelled order, or abandon the open one."""
        ...

    def is_foreign_and_refunded(self, order: Order) -> bool:
        """Whether the order was paid in another currency and that payment was refunded in full."""
        ...

    def refund_bounds(self, order: Order) -> tuple[int, int]:
        """Returns the minimum and the maximum of the order's total refund."""
        ...

    def record_manual_payment(self, order: Order, provider: str, reference: str | None) -> None:
        """Record that the order was paid in full outside the shop, and abandon its open payment."""
        ...


class OrdersUnitOfWork(UnitOfWork):
    """A transaction that changes an order, its stock and its payments."""

    def __init__(self, database: Database, order_payments: OrderPaymentService) -> None:
        super().__init__(database)
        self.orders = OrderRepository(database)
        self.stock = StockReturns(database)
        self.order_payments = order_payments
        self.audit = AuditLog(database)
