"""Calls the use cases that change products and orders, as the endpoints do, without HTTP."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from microshop.caller import ADMIN, Caller
from microshop.idempotency.key import IdempotencyKey, idempotency_key
from microshop.listings.simple_products import archive_product, create_product, update_product
from microshop.listings.unit_of_work import ListingsUnitOfWork
from microshop.orders.queries import OrderQueries
from microshop.orders.requested_lines import merge_lines
from microshop.orders.returning import return_order, settle_return
from microshop.orders.shipping import correct_shipment, deliver_order, ship_order
from microshop.orders.updating import cancel_order, confirm_order
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.products.bulk_schemas import ChangeStockRequest
from microshop.products.changing_stock import change_stock as change_in_bulk
from microshop.products.schemas import AdjustStockRequest
from microshop.products.stock_adjustment import adjust_stock
from microshop.products.unit_of_work import ProductsUnitOfWork
from microshop.products.view import adjusted_stock_view, changed_stock_view
from microshop.scopes import EVERYTHING
from microshop.users.repository import UserRepository
from microshop.versions import ExpectedVersion
from tests.support.builders import a_caller
from tests.support.orders import placed_order_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.orders.order import Order, PaymentMethod
    from microshop.platform.mysql import Database
    from microshop.products.events import AdminMovement
    from microshop.products.product import ManagedProduct, ProductDetails
    from microshop.products.view import StockAdjusted, StockOfVariant

_NUMBERS = itertools.count(1)
_STAFF = a_caller(scopes=EVERYTHING)


def catalogue(database: Database) -> ListingsUnitOfWork:
    """Returns a unit of work for a shop in English and Chinese with prices in USD."""
    return ListingsUnitOfWork(database, ("en", "zh"), "USD")


def an_admin(database: Database) -> Caller:
    """Create an admin. Returns the caller."""
    user_id = UserRepository(database).add(
        email=f"admin-{next(_NUMBERS)}@example.com",
        username="Admin",
        role=ADMIN,
        language="en",
        password_hash="hash",
    )
    return a_caller(user_id=user_id, scopes=EVERYTHING)


def create(database: Database, admin: Caller, details: ProductDetails, stock: int = 0, *, key: str = "") -> int:
    """Create a product. Returns its id."""
    sent = [key] if key else []
    found = idempotency_key(admin.user_id, sent, "POST /api/v1/products", [vars(details), stock])
    return create_product(admin, details, stock, found, catalogue(database))


def update(database: Database, product_id: int, details: ProductDetails, version: int) -> ManagedProduct:
    """Replace the data of the product of this version."""
    return update_product(_STAFF, product_id, details, ExpectedVersion(version), catalogue(database))[1]


def archive(database: Database, product_id: int, version: int | None = None) -> None:
    """Archive the product of this version, or of any."""
    expected = None if version is None else ExpectedVersion(version)
    archive_product(_STAFF, product_id, expected, catalogue(database))


def adjust(
    database: Database,
    admin: Caller,
    product_id: int,
    quantity: int,
    *,
    kind: AdminMovement = "adjusted",
    reason: str = "counted",
    key: str = "",
) -> StockAdjusted:
    """Adjust the stock. Returns the response."""
    wanted = AdjustStockRequest(delta=quantity, kind=kind, reason=reason)
    found = _adjusting_key(admin, product_id, key, wanted.model_dump())
    return adjusted_stock_view(adjust_stock(admin, product_id, wanted, found, ProductsUnitOfWork(database)))


def change_stock(
    database: Database,
    admin: Caller,
    deltas: Mapping[int, int],
    *,
    kind: AdminMovement = "adjusted",
    key: str = "",
) -> list[StockOfVariant]:
    """Change the stock of several products. Returns the items of the response."""
    changes = [{"id": product_id, "delta": delta} for product_id, delta in deltas.items()]
    request = ChangeStockRequest.model_validate({"changes": changes, "kind": kind, "reason": "counted"})
    found = idempotency_key(admin.user_id, [key] if key else [], "POST /variants/stock", request.model_dump())
    return changed_stock_view(change_in_bulk(admin, request, found, ProductsUnitOfWork(database)))["items"]


def cancel(database: Database, caller: Caller, order_id: int, reason: str | None = None) -> Order:
    """Cancel an order."""
    return cancel_order(caller, order_id, reason, orders_unit_of_work(database))


def confirm(database: Database, admin: Caller, order_id: int, reference: str = "bank 17") -> Order:
    """Confirm an order that was paid outside a provider."""
    return confirm_order(admin, order_id, reference, orders_unit_of_work(database))


def ship(
    database: Database,
    admin: Caller,
    order_id: int,
    carrier: str = "DHL",
    tracking_number: str = "00340434",
    *,
    despite_dispute: bool = False,
) -> Order:
    """Ship an order."""
    uow = orders_unit_of_work(database)
    return ship_order(admin, order_id, carrier, tracking_number, uow, despite_dispute=despite_dispute)


def place_and_ship(
    database: Database,
    customer: Caller,
    admin: Caller,
    *items: tuple[int, int],
    payment_method: PaymentMethod = "cash_on_delivery",
) -> int:
    """Place and ship an order; an order by card is confirmed first. Returns its id."""
    order_id = placed_order_id(database, customer, *items, payment_method=payment_method)
    if payment_method == "card":
        confirm(database, admin, order_id)
    ship(database, admin, order_id)
    return order_id


def correct(
    database: Database,
    admin: Caller,
    order_id: int,
    carrier: str | None = None,
    tracking_number: str | None = None,
    *,
    version: int | None = None,
) -> Order:
    """Correct the shipment of an order of this version, or of any, by default with a new tracking number."""
    expected = ExpectedVersion(version, any_version=version is None)
    number = tracking_number or (None if carrier else f"0034-{next(_NUMBERS)}")
    uow = orders_unit_of_work(database)
    return correct_shipment(admin, order_id, carrier, number, expected=expected, uow=uow)


def return_parcel(
    database: Database,
    admin: Caller,
    order_id: int,
    restock: Mapping[int, int] | None = None,
    reason: str | None = "not collected",
) -> Order:
    """Return an order. `restock` has the units to sell again by product, by default half of each line."""
    if restock is None:
        order = OrderQueries(database).by_id(order_id, None)
        half = {line.product_id: line.unreturned // 2 for line in (order.lines if order else ())}
        restock = {product_id: units for product_id, units in half.items() if units}
    lines = merge_lines(list(restock.items()), "restock.{}.product_id", "restock.{}.quantity")
    return return_order(admin, order_id, lines, reason, orders_unit_of_work(database))


def settle(database: Database, admin: Caller, order_id: int, minor: int | None = None, reason: str = "used") -> Order:
    """Settle a return at an amount, by default at what is refunded already."""
    order = OrderQueries(database).by_id(order_id, None)
    wanted = minor if minor is not None else order.refunded_minor if order else 0
    return settle_return(admin, order_id, lambda _: wanted, reason, orders_unit_of_work(database))


def deliver(database: Database, admin: Caller, order_id: int) -> Order:
    """Deliver an order."""
    return deliver_order(admin, order_id, orders_unit_of_work(database))


def _adjusting_key(admin: Caller, product_id: int, key: str, body: dict[str, Any]) -> IdempotencyKey | None:
    return idempotency_key(admin.user_id, [key] if key else [], f"POST /api/v1/products/{product_id}/stock", body)
