"""POST /api/v1/orders: place an order."""

from datetime import timedelta

from microshop.http import CUSTOMER, Request, Response, created, endpoint
from microshop.orders.placing import OrderRequest, OrderRules, place_order
from microshop.orders.placing_unit_of_work import PlacingUnitOfWork
from microshop.orders.placing_view import placed_order_view
from microshop.orders.pricing import Terms
from microshop.orders.schemas import PlaceOrderRequest
from microshop.payments.shop_currency import shop_currency
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.products.cache import invalidate_products


@endpoint(requires=CUSTOMER, takes_key=True)
def handler(request: Request) -> Response:
    body = request.body(PlaceOrderRequest)
    rules, key = _rules(), request.idempotency_key(body)
    expected_total = body.expected_total_minor(rules.currency)
    requested = OrderRequest(
        body.lines(), body.stored_address(), body.payment_method, expected_total, address_id=body.address_id
    )
    placed = place_order(request.require_caller(), requested, key, rules, PlacingUnitOfWork(database()))
    degraded = invalidate_products([line.product_id for line in requested.lines])
    location, log = f"/api/v1/orders/{placed.id}", {"order_id": placed.id}
    return created(placed_order_view(placed), location, log=log, degraded=degraded)


def _rules() -> OrderRules:
    free_from = settings.integer("FREE_SHIPPING_FROM_MINOR", 0)
    terms = Terms(
        shipping_fee_minor=settings.integer("SHIPPING_FEE_MINOR", 0),
        free_shipping_from_minor=free_from or None,
        tax_rate_basis_points=settings.integer("TAX_RATE_BASIS_POINTS", 0),
    )
    currency, card_limits = shop_currency()
    payment_period = timedelta(minutes=settings.integer("ORDER_EXPIRY_MINUTES", 30))
    return OrderRules(
        currency,
        terms,
        payment_period,
        max_unpaid_orders=settings.integer("MAX_UNPAID_ORDERS", 5),
        max_units=settings.integer("MAX_UNITS_PER_LINE", 100),
        card_limits=card_limits,
    )
