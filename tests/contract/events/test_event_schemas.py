"""Published events are valid under their computed schemas, and events with other fields or types are not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from microshop.orders.events import OrderCreated
from tests.support.event_types import SAMPLES, SCHEMAS, published, schema_of
from tests.support.order_builders import a_line, an_order

TYPES = sorted(SAMPLES)
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

type Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "another source": lambda event: event.update({"source": "shop"}),
    "another detail-type": lambda event: event.update({"detail-type": "SomethingElse"}),
    "no detail": lambda event: event.pop("detail"),
    "another version": lambda event: event["detail"].update(version=event["detail"]["version"] + 1),
    "a version in words": lambda event: event["detail"].update(version="1"),
    "a field beside data": lambda event: event["detail"].update(extra=1),
    "a field more in data": lambda event: event["detail"]["data"].update(extra=1),
    "a field less in data": lambda event: event["detail"]["data"].pop("order_id"),
    "a field of another type": lambda event: event["detail"]["data"].update(order_id="3301"),
    "an id that is none": lambda event: event["detail"].update(id="17"),
    "a time without a zone": lambda event: event["detail"].update(time="2026-01-14T14:05:40"),
    "a trace that is none": lambda event: event["detail"].update(trace="none"),
    "no lines": lambda event: event["detail"]["data"].update(lines=[]),
    "a field more in a line": lambda event: event["detail"]["data"]["lines"][0].update(extra=1),
    "a field less in a line": lambda event: event["detail"]["data"]["lines"][0].pop("quantity"),
    "less than no money": lambda event: event["detail"]["data"].update(amount_minor=-1),
    "money with decimals": lambda event: event["detail"]["data"].update(refunded_minor=19.99),
    "money as text": lambda event: event["detail"]["data"].update(refunded_minor="19.99"),
}


def test_every_event_has_a_schema_and_no_schema_is_left_over() -> None:
    assert [file.stem for file in sorted(SCHEMAS.glob("*"))] == TYPES


@pytest.mark.parametrize("trace", ["", TRACE])
def test_every_published_event_is_valid(trace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)

    for event_type, event in SAMPLES.items():
        Draft202012Validator.check_schema(schema_of(event_type))
        _validator(event_type).validate(published(event))


def test_a_changed_event_is_invalid() -> None:
    accepted = set()
    for name, change in CHANGES.items():
        event = copy.deepcopy(published(SAMPLES["OrderRefunded"]))
        change(event)
        if _validator("OrderRefunded").is_valid(event):
            accepted.add(name)

    assert accepted == set()


def test_a_refund_event_may_restock_no_units() -> None:
    event = published(SAMPLES["OrderRefunded"])

    event["detail"]["data"]["restocked"] = []

    _validator("OrderRefunded").validate(event)


def test_an_event_of_several_products_has_no_single_product_id() -> None:
    order = an_order(a_line(product_id=5), a_line(product_id=6))

    _validator("OrderCreated").validate(published(OrderCreated.of(order)))


def test_a_created_order_has_the_fields_that_older_consumers_know() -> None:
    data = published(SAMPLES["OrderCreated"])["detail"]["data"]

    assert data.keys() >= {"order_id", "user_id", "product_id", "quantity", "status", "created_at"}


def _validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(event_type), format_checker=Draft202012Validator.FORMAT_CHECKER)
