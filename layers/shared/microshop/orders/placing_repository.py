"""Writes new orders with a stored procedure; its SQL is migrations/0050_create_place_order_1.sql."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.messaging.outbox import row_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microshop.orders.history import Change
    from microshop.orders.order import OrderLine
    from microshop.platform.mysql import Database
    from microshop.products.events import StockLow

_PROCEDURE = "place_order_1"


class NewOrders:
    """Writes new orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        change: Change,
        low_stock_events: Sequence[StockLow],
        max_unpaid: int,
        result: Mapping[str, object] | None,
    ) -> None:
        """Write an order with its lines, history entry, event and result, take its stock and commit."""
        self._database.call(_PROCEDURE, list(arguments(change, low_stock_events, max_unpaid, result).values()))


def arguments(
    change: Change, low_stock_events: Sequence[StockLow], max_unpaid: int, result: Mapping[str, object] | None
) -> dict[str, object]:
    """Returns the arguments in the order of the procedure's parameters, by their names without `p_`.

    `result` is the row of idempotency_keys that stores the result of the request, or None without a key.
    """
    order, event, result = change.order, row_of(change.event), result or {}
    return {
        "order_id": order.id,
        "order_number": order.order_number,
        "user_id": order.user_id,
        "status": order.status,
        "payment_status": order.payment_status,
        "payment_method": order.payment_method,
        "currency": order.currency,
        "subtotal_minor": order.subtotal_minor,
        "shipping_minor": order.shipping_minor,
        "tax_minor": order.tax_minor,
        "total_minor": order.total_minor,
        "address": json.dumps(order.address, ensure_ascii=False),
        "expires_at": order.expires_at,
        "placed_at": order.created_at,
        "lines": json.dumps([_line(line, number) for number, line in enumerate(order.lines)], ensure_ascii=False),
        "actor": change.actor.kind,
        "actor_id": change.actor.user_id,
        "event_id": event["event_id"],
        "event_type": event["type"],
        "event_aggregate": event["aggregate"],
        "event_detail": event["detail"],
        "low_stock_events": _events(low_stock_events) if low_stock_events else None,
        "trace_header": event["trace_header"],
        "max_unpaid": max_unpaid,
        "idempotency_key": result.get("key"),
        "fingerprint": result.get("fingerprint"),
        "answer": result.get("answer"),
    }


def _line(line: OrderLine, number: int) -> dict[str, object]:
    return {
        "product_id": line.product_id,
        "position": number,
        "sku": line.sku,
        "name": line.name,
        "unit_price_minor": line.unit_price_minor,
        "quantity": line.quantity,
    }


def _events(events: Sequence[StockLow]) -> str:
    rows = []
    for event in events:
        row = row_of(event)
        columns = {name: row[name] for name in ("event_id", "type", "aggregate", "detail")}
        rows.append({"product_id": event.product_id, **columns})
    return json.dumps(rows, ensure_ascii=False)
