"""The unit of work that places an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import TooManyUnpaidOrders, TransactionConflict, Unauthenticated
from microshop.idempotency.repository import ResultRepository, translate_duplicate_key
from microshop.orders.placing_repository import NewOrders
from microshop.orders.placing_view import parse_placed_order, placed_order_view
from microshop.orders.price_queries import PriceList
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.idempotency.key import IdempotencyKey
    from microshop.orders.history import Change
    from microshop.platform.mysql import Database
    from microshop.products.events import StockLow

# The CHECK that stock is never negative, and the column that becomes NULL if a product has changed (see the procedure).
_PRODUCT_CHANGED = ("products_stock", "stock")


class PlacingUnitOfWork:
    """Reads what an order needs, without locks, and writes the order in one transaction that takes one round trip."""

    def __init__(self, database: Database) -> None:
        self._orders = NewOrders(database)
        self.results = ResultRepository(database, placed_order_view, parse_placed_order)
        self.price_list = PriceList(database)

    def place(
        self, change: Change, low_stock_events: Sequence[StockLow], max_unpaid: int, key: IdempotencyKey | None
    ) -> None:
        """Write a new order with its history entry and event, take its stock and commit.

        The events of products are added only if the order takes the stock below the threshold. Without any, an order
        that does so is refused.

        Raises:
            AlreadyCompleted: a concurrent request with the same key was first.
            Unauthenticated: the account was deleted while its session is still valid.
            TooManyUnpaidOrders: the customer has `max_unpaid` open orders.
            TransactionConflict: the stock, price or sale of a product has changed since it was read, or the order's id
                or number is taken. The use case retries it from the beginning.
        """
        result = self.results.row_of(key, change.order.placed) if key else None
        with translate_duplicate_key():
            try:
                self._orders.add(change, low_stock_events, max_unpaid, result)
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
