"""The unit of work that places an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop.errors import TooManyUnpaidOrders, TransactionConflict, Unauthenticated
from microshop.idempotency.repository import Answers, refused_if_answered
from microshop.orders.placing_view import order_placed, placed_order
from microshop.orders.price_queries import PriceList
from microshop.orders.repository import NewOrders, StockSales
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.platform.unit_of_work import Batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.orders.order import Order
    from microshop.platform.mysql import Database, StatementSink

# The CHECK that stock is never negative, and the column that a changed price or an archived product would make NULL.
_TAKEN_MEANWHILE = ("products_stock", "stock")


class FreePayments(Protocol):
    """The port to the payments of orders with nothing to pay. Payments, which depend on orders, implement it."""

    def add(self, order: Order) -> None:
        """Add the order's captured payment of 0, with its ledger entry."""
        ...


class PlacingUnitOfWork(Batch):
    """The transaction that places an order, sent in one round trip when it is committed."""

    def __init__(self, database: Database, free_payments: Callable[[StatementSink], FreePayments]) -> None:
        super().__init__(database)
        self.answers = Answers(database, self, order_placed, placed_order)
        self.price_list = PriceList(database)  # reads at once, without a lock
        self.orders = NewOrders(self)
        self.free_payments = free_payments(self)
        self.stock = StockSales(self)

    def commit(self) -> None:
        """Send it.

        Raises:
            AlreadyAnswered: the request's key was answered meanwhile.
            Unauthenticated: the account is gone, although a session of it lives on.
            TooManyUnpaidOrders: the customer has reached the limit.
            TransactionConflict: stock, price or sale of a product are not as they were read, or the order's id or
                number is taken: read again, and try again.
        """
        with refused_if_answered():
            try:
                super().commit()
            except ConstraintRefused as refused:
                if refused.name == "orders_user":
                    raise Unauthenticated from None
                if refused.name == "user_id":
                    raise TooManyUnpaidOrders from None
                if refused.name not in _TAKEN_MEANWHILE:
                    raise
                raise TransactionConflict("a product was changed while it was ordered") from None
            except DuplicateKey as taken:
                if taken.key not in ("PRIMARY", "orders_number"):
                    raise
                raise TransactionConflict("an order's id or number is taken") from None
