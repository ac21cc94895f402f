"""Events and exports name ids, money and times as the API does: docs/decisions/0059-shapes-that-clients-read.md."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from microshop.exports.period import Kind
from microshop.exports.tables import header_of
from tests.support.described_shapes import NAMES_OF_MONEY
from tests.support.event_types import SAMPLES, schema_of

type Fields = dict[str, dict[str, Any]]

# Decision 9.
_NAMES_OF_PEOPLE_AND_PLACES = {"address", "address_lines", "recipient", "email", "phone", "username"}


def _objects(schema: dict[str, Any]) -> Iterator[Fields]:
    """The fields of an object, and of the objects in it."""
    if "properties" in schema:
        yield schema["properties"]
    for part in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
        yield from _objects(part)


def _data(name: str) -> dict[str, Any]:
    data: dict[str, Any] = schema_of(name)["properties"]["detail"]["properties"]["data"]
    return data


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_money_in_an_event_is_in_minor_units_of_a_currency(name: str) -> None:
    for fields in _objects(_data(name)):
        minor = {field: schema for field, schema in fields.items() if field.endswith("_minor")}

        assert all((schema["type"], schema["minimum"]) == ("integer", 0) for schema in minor.values())
        assert not [field for field in fields if NAMES_OF_MONEY.search(field)]
        assert not minor or "currency" in _data(name)["properties"]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_field_of_an_event_holds_an_id_or_a_time_exactly_if_its_name_says_so(name: str) -> None:
    for fields in _objects(_data(name)):
        times = {field for field, schema in fields.items() if schema.get("format") == "date-time"}
        ids = {field: schema for field, schema in fields.items() if field.endswith("_id")}

        assert times == {field for field in fields if field.endswith("_at") or field == "respond_by"}
        assert all("integer" in schema["type"] and schema["minimum"] == 1 for schema in ids.values())
        assert not fields.keys() & (_NAMES_OF_PEOPLE_AND_PLACES | {"id"})


@pytest.mark.parametrize("kind", get_args(Kind.__value__))
def test_an_export_has_ids_beside_the_number_and_money_beside_its_currency(kind: Kind) -> None:
    columns = set(map(str, header_of(kind)))

    assert {"order_id", "order_number", "created_at"} <= columns
    assert {column for column in columns if NAMES_OF_MONEY.search(column)}
    assert "currency" in columns
    assert not columns & (_NAMES_OF_PEOPLE_AND_PLACES | {"id"})
