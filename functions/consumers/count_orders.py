"""Emits orders, revenue and units as business metrics."""

from typing import Literal

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.messaging.inbox import Inbox
from microshop.messaging.once import handle_once
from microshop.orders.statistics import EVENTS, Measure, measures_of
from microshop.platform import observability
from microshop.platform.mysql import database
from microshop.platform.observability import MetricUnit

_NAME = "count_orders"
_UNITS = {"orders": MetricUnit.Count, "units": MetricUnit.Count, "money": MetricUnit.NoUnit}


@consumer(_NAME, EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    measures = measures_of(event)
    return handle_once(
        event,
        claim_seconds=delivery.seconds_left,
        inbox=Inbox(database(), _NAME),
        act=lambda: _count(measures),
    )


def _count(measures: list[Measure]) -> Literal["counted"]:
    for measure in measures:
        observability.emit({measure.name: (measure.value, _UNITS[measure.unit])}, **measure.dimensions)
    return "counted"
