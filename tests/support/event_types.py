"""Every event that the shop publishes: its class, its schema, and one of its kind as the outbox records it."""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import microshop
from microshop.messaging.event import Event, ReceivedEvent
from microshop.messaging.event_bus import _entry
from microshop.messaging.outbox import Outbox, OutboxRow
from microshop.orders.events import (
    EventLine,
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    OrderDelivered,
    OrderShipped,
    RestockedLine,
)
from microshop.payments.events import OrderExpired, OrderPaid, OrderPaymentChanged, OrderPaymentFailed, OrderRefunded
from microshop.products.events import ProductArchived, ProductCreated, ProductUpdated, StockChanged, StockLow
from microshop.users.events import UserRegistered
from tests.support.builders import AN_EVENT_ID, an_event
from tests.support.functions import ROOT

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

SCHEMAS = ROOT / "events" / "schemas"

_PRODUCT: dict[str, Any] = {
    "product_id": 5,
    "product_version": 2,
    "sku": "SKU-5",
    "name": "Kettle",
    "category": "Kitchen",
    "price_minor": 1999,
    "currency": "USD",
}
_ORDER: dict[str, Any] = {
    "order_id": 3301,
    "order_number": "MS-7F3K-9QXD",
    "order_version": 1,
    "user_id": 17,
    "status": "pending",
    "payment_status": "unpaid",
    "total_minor": 4488,
    "currency": "USD",
    "lines": [EventLine(product_id=5, name="Kettle", unit_price_minor=1999, quantity=2)],
}
# One of each; a test says that none is missing. The order's are those of one that is paid and sent and comes back in
# part, of one that is called off after its payment, and of one that is never paid.
SAMPLES: dict[str, Event] = {
    event.type: event
    for event in (
        UserRegistered(user_id=17, language="en"),
        ProductCreated(**_PRODUCT | {"product_version": 1}, stock=12),
        ProductUpdated(**_PRODUCT),
        ProductArchived(product_id=5, product_version=3),
        StockChanged(product_id=5, kind="adjusted", quantity=-2, stock=10, reason="broken in the store room"),
        StockLow(product_id=5, sku="SKU-5", name="Kettle", stock=9, threshold=10),
        OrderCreated(
            **_ORDER, product_id=5, quantity=2, payment_method="card", created_at="2026-01-02T12:00:00.123456+00:00"
        ),
        OrderConfirmed(**_ORDER | {"order_version": 2, "status": "confirmed", "payment_status": "paid"}),
        OrderPaid(**_ORDER | {"order_version": 2, "status": "confirmed", "payment_status": "paid"}, provider="stripe"),
        OrderPaymentFailed(**_ORDER | {"order_version": 2}, reason="do_not_honor"),
        OrderPaymentChanged(
            **_ORDER | {"order_version": 2, "payment_status": "processing"},
            previous_payment_status="unpaid",
            reason="payment_processing",
        ),
        OrderShipped(
            **_ORDER | {"order_version": 3, "status": "shipped", "payment_status": "paid"},
            carrier="DHL",
            tracking_number="00340434161094000000",
        ),
        OrderDelivered(**_ORDER | {"order_version": 4, "status": "delivered", "payment_status": "paid"}),
        OrderCancelled(
            **_ORDER | {"order_version": 3, "status": "cancelled", "payment_status": "paid"},
            previous_status="confirmed",
            restocked=[RestockedLine(product_id=5, quantity=2)],
        ),
        OrderExpired(**_ORDER | {"order_version": 2, "status": "expired"}),
        OrderRefunded(
            **_ORDER | {"order_version": 5, "status": "delivered", "payment_status": "partially_refunded"},
            refund_id=71,
            amount_minor=1999,
            refunded_minor=1999,
            restocked=[RestockedLine(product_id=5, quantity=1)],
        ),
    )
}


def event_classes() -> dict[str, type[Event]]:
    """The shop's event classes by event type; what several of them share has none and is left out."""
    for module in pkgutil.walk_packages(microshop.__path__, "microshop."):
        if module.name.endswith(".events"):
            import_module(module.name)
    # Tests may have made classes of their own in this process.
    own = [kind for kind in _below(Event) if kind.__module__.startswith("microshop.")]  # type: ignore[type-abstract]
    return {kind.type: kind for kind in own if hasattr(kind, "type")}


def schema_of(event_type: str) -> dict[str, Any]:
    """The schema in events/schemas."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{event_type}.json").read_text(encoding="utf-8"))
    return schema


def received(event_type: str, *, event_id: str = AN_EVENT_ID, **changed: Any) -> ReceivedEvent:
    """One of its kind as a consumer gets it; `changed` are fields of its data."""
    return an_event(event_type=event_type, event_id=event_id, data={**SAMPLES[event_type].data, **changed})


def published(event: Event) -> dict[str, Any]:
    """What a rule sees of the event: the outbox's own words, through the relay's own entry."""
    noted = _Notes()
    Outbox(cast("Database", noted)).add(event)
    row = OutboxRow(1, noted.row["event_id"], noted.row["type"], noted.row["detail"], noted.row["trace_header"], 0)
    entry = _entry("bus", row)
    return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}


class _Notes:
    """Keeps the row that a database would have got."""

    def execute(self, _sql: str, row: dict[str, Any]) -> int:
        self.row = row
        return 1


def _below(kind: type[Event]) -> Iterator[type[Event]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _below(subclass)
