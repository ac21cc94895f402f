"""The unit of work that places an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop.errors import TooManyUnpaidOrders, TransactionConflict, Unauthenticated
from microshop.idempotency.repository import ResultRepository, translate_duplicate_key
from microshop.orders.placing_view import parse_placed_order, placed_order_view
from microshop.orders.price_queries import PriceList
from microshop.orders.repository import NewOrders, StockSales
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.platform.unit_of_work import Batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.orders.order import Order
    from microshop.platform.mysql import Database, StatementSink

# The CHECK that stock is never negative, and the column that becomes NULL if the product was archived or its price has
# changed.
_PRODUCT_CHANGED = ("products_stock", "stock")


class FreePayments(Protocol):
    """The port to the payments of orders with nothing to pay; `payments`, which depends on `orders`, implements it."""

    def add(self, order: Order) -> None:
        """Add the order's captured payment of 0, with its ledger entry."""
        ...


class PlacingUnitOfWork(Batch):
    """The transaction that places an order. `commit` sends it in one round trip."""

    def __init__(self, database: Database, free_payments: Callable[[StatementSink], FreePayments]) -> None:
        super().__init__(database)
        self.results = ResultRepository(database, self, placed_order_view, parse_placed_order)
        self.price_list = PriceList(database)  # reads immediately and without a lock, not in the batch
        self.orders = NewOrders(self)
        self.free_payments = free_payments(self)
        self.stock = StockSales(self)

    def commit(self) -> None:
        """Send and commit the transaction.

        Raises:
            AlreadyCompleted: a concurrent request with the same key was first.
            Unauthenticated: the account was deleted while its session is still valid.
            TooManyUnpaidOrders: the customer has reached the limit.
            TransactionConflict: the stock, price or sale of a product has changed since it was read, or the order's id
                or number is taken. The use case retries it from the beginning.
        """
        with translate_duplicate_key():
            try:
                super().commit()
            except ConstraintRefused as refused:
                if refused.name == "orders_user":
                    raise Unauthenticated from None
                if refused.name == "user_id":
                    raise TooManyUnpaidOrders from None
                if refused.name not in _PRODUCT_CHANGED:
                    raise
                raise TransactionConflict("a product was changed while it was ordered") from None
            except DuplicateKey as duplicate:
                if duplicate.key not in ("PRIMARY", "orders_number"):
                    raise
                raise TransactionConflict("an order's id or number is taken") from None
