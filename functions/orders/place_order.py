"""POST /api/v1/orders: turn the caller's lines into an order."""

import json
from datetime import timedelta

from microshop.http import CUSTOMER, Request, Response, created, endpoint
from microshop.idempotency.repository import IdempotencyKeys
from microshop.orders.placing import OrderRequest, OrderRules, place_order
from microshop.orders.pricing import Terms
from microshop.orders.queries import OrderQueries
from microshop.orders.repository import OrderPacket
from microshop.orders.schemas import PlaceOrderRequest
from microshop.platform import settings
from microshop.platform.mysql import packet_database
from microshop.products.cache import forget_changed


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    sent = request.body(PlaceOrderRequest)
    wanted = sent.wanted()
    answer = json.loads(
        place_order(
            request.logged_in(),
            OrderRequest(wanted, sent.address_as_stored(), sent.payment_method),
            request.idempotency_key(sent),
            rules=_rules(),
            price_list=OrderQueries(packet_database()),
            answers=IdempotencyKeys(packet_database()),
            transaction=OrderPacket(packet_database()),
        )
    )
    degraded = forget_changed([each.product_id for each in wanted])
    order_id = answer["order_id"]
    return created(answer, location=f"/api/v1/orders/{order_id}", log={"order_id": order_id}, degraded=degraded)


def _rules() -> OrderRules:
    free_from = settings.integer("FREE_SHIPPING_FROM_MINOR", 0)
    terms = Terms(
        shipping_fee_minor=settings.integer("SHIPPING_FEE_MINOR", 0),
        free_shipping_from_minor=free_from or None,
        tax_rate_basis_points=settings.integer("TAX_RATE_BASIS_POINTS", 0),
    )
    return OrderRules(settings.text("CURRENCY"), terms, timedelta(minutes=settings.integer("ORDER_EXPIRY_MINUTES", 30)))
