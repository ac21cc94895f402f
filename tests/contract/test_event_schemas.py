"""events/schemas says what the shop publishes: no more and no less."""

import copy
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast, get_type_hints

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from microshop.messaging.event_bus import EVENT_SOURCE
from tests.support.event_types import SAMPLES, SCHEMAS, event_classes, published, schema_of

if TYPE_CHECKING:
    from microshop.orders.events import OrderCreated

TYPES = sorted(event_classes())
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
# What a schema says beyond the type of a value.
_ANNOTATIONS = set(
    "title description minimum maximum minLength maxLength minItems format pattern additionalProperties".split()
)
_NAMES = ("properties", "$defs")  # of which the keys are names and say nothing
_WITH_LINES = [event_type for event_type in TYPES if "lines" in SAMPLES[event_type].data]
_WITH_RESTOCKED = [event_type for event_type in TYPES if "restocked" in SAMPLES[event_type].data]

type Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "another source": lambda event: event.update({"source": "shop"}),
    "another detail-type": lambda event: event.update({"detail-type": "SomethingElse"}),
    "no detail": lambda event: event.pop("detail"),
    "another version": lambda event: event["detail"].update(version=event["detail"]["version"] + 1),
    "a version in words": lambda event: event["detail"].update(version="1"),
    "a field beside data": lambda event: event["detail"].update(extra=1),
    "a field more in data": lambda event: event["detail"]["data"].update(extra=1),
    "an id that is none": lambda event: event["detail"].update(id="17"),
    "a time without a zone": lambda event: event["detail"].update(time="2026-01-14T14:05:40"),
    "a trace that is none": lambda event: event["detail"].update(trace="none"),
}


def test_every_event_has_a_schema_and_a_sample_and_no_schema_is_left_over() -> None:
    assert TYPES
    assert [file.stem for file in sorted(SCHEMAS.glob("*"))] == TYPES
    assert sorted(SAMPLES) == TYPES


@pytest.mark.parametrize("event_type", TYPES)
def test_a_schema_names_its_event_and_its_source(event_type: str) -> None:
    schema = schema_of(event_type)

    Draft202012Validator.check_schema(schema)
    assert schema["title"] == schema["properties"]["detail-type"]["const"] == event_type
    assert schema["properties"]["source"]["const"] == EVENT_SOURCE


@pytest.mark.parametrize("event_type", TYPES)
def test_a_schema_has_the_version_and_the_fields_of_the_class_and_their_types(event_type: str) -> None:
    kind, schema = event_classes()[event_type], schema_of(event_type)
    detail = schema["properties"]["detail"]["properties"]
    hints = get_type_hints(kind)
    own = [field.name for field in dataclasses.fields(kind) if field.name not in ("id", "time")]
    wanted = {name: _types(TypeAdapter(hints[name]).json_schema()) for name in own}
    parts = {name: part for field in wanted.values() for name, part in field.pop("$defs", {}).items()}

    assert detail["version"] == {"const": kind.version}
    assert _types({"properties": detail["data"]["properties"]}) == {"properties": wanted}
    assert _types({"$defs": schema.get("$defs", {})}) == {"$defs": parts}
    assert sorted(detail["data"]["required"]) == sorted(own)


@pytest.mark.parametrize("event_type", TYPES)
@pytest.mark.parametrize("trace", ["", TRACE])
def test_what_is_published_is_valid(event_type: str, trace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)

    event = published(SAMPLES[event_type])

    _validator(event_type).validate(event)


@pytest.mark.parametrize("event_type", TYPES)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_is_not_valid(event_type: str, change: str) -> None:
    event = published(SAMPLES[event_type])

    CHANGES[change](event)

    assert not _validator(event_type).is_valid(event)


@pytest.mark.parametrize("event_type", TYPES)
def test_what_misses_a_field_is_not_valid(event_type: str) -> None:
    event = published(SAMPLES[event_type])

    for part in (event["detail"], event["detail"]["data"]):
        for name in part:
            lacking = copy.deepcopy(event)
            target = lacking["detail"] if part is event["detail"] else lacking["detail"]["data"]
            del target[name]
            assert not _validator(event_type).is_valid(lacking), name


@pytest.mark.parametrize("event_type", TYPES)
def test_a_field_of_another_type_is_not_valid(event_type: str) -> None:
    event = published(SAMPLES[event_type])

    for name in event["detail"]["data"]:
        changed = copy.deepcopy(event)
        changed["detail"]["data"][name] = {"not": "that"}
        assert not _validator(event_type).is_valid(changed), name


@pytest.mark.parametrize(
    ("event_type", "lines"),
    [(event_type, "lines") for event_type in _WITH_LINES]
    + [(event_type, "restocked") for event_type in _WITH_RESTOCKED],
)
def test_a_line_misses_no_field_and_has_none_of_its_own(event_type: str, lines: str) -> None:
    event = published(SAMPLES[event_type])

    for name in ("extra", *event["detail"]["data"][lines][0]):
        changed = copy.deepcopy(event)
        line = changed["detail"]["data"][lines][0]
        if line.pop(name, None) is None:
            line[name] = 1
        assert not _validator(event_type).is_valid(changed), name


@pytest.mark.parametrize("event_type", _WITH_LINES)
def test_an_order_without_lines_is_not_valid(event_type: str) -> None:
    event = published(SAMPLES[event_type])

    event["detail"]["data"]["lines"] = []

    assert not _validator(event_type).is_valid(event)


@pytest.mark.parametrize("event_type", _WITH_RESTOCKED)
def test_an_order_may_end_or_be_refunded_without_a_unit_that_comes_back(event_type: str) -> None:
    event = published(SAMPLES[event_type])

    event["detail"]["data"]["restocked"] = []

    _validator(event_type).validate(event)


@pytest.mark.parametrize("field", ["amount_minor", "refunded_minor"])
@pytest.mark.parametrize("amount", [0, -1, 19.99, "19.99"])
def test_money_that_went_back_is_a_whole_number_of_minor_units(field: str, amount: object) -> None:
    event = published(SAMPLES["OrderRefunded"])

    event["detail"]["data"][field] = amount

    assert not _validator("OrderRefunded").is_valid(event)


def test_an_order_of_several_products_names_neither_product_nor_quantity() -> None:
    single = cast("OrderCreated", SAMPLES["OrderCreated"])
    cart = dataclasses.replace(single, product_id=None, quantity=None, lines=[*single.lines, *single.lines])

    _validator("OrderCreated").validate(published(cart))


def test_a_created_order_has_the_fields_that_older_consumers_know() -> None:
    data = published(SAMPLES["OrderCreated"])["detail"]["data"]

    assert data.keys() >= {"order_id", "user_id", "product_id", "quantity", "status", "created_at"}


def _types(schema: Any) -> Any:
    """A schema without its annotations."""
    if isinstance(schema, list):
        return [_types(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _types(part) for name, part in value.items()} if key in _NAMES else _types(value)
        for key, value in schema.items()
        if key not in _ANNOTATIONS
    }


def _validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(event_type), format_checker=Draft202012Validator.FORMAT_CHECKER)
