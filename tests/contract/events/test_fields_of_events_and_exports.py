"""Events and exports name ids, money and times as the API does: decision 59."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from microshop.exports.period import Kind
from microshop.exports.tables import header_of
from tests.support.described_shapes import NAMES_OF_MONEY
from tests.support.event_types import SAMPLES, schema_of

type Schema = dict[str, Any]

# Decision 9.
_NAMES_OF_PEOPLE_AND_PLACES = {"address", "address_lines", "recipient", "email", "phone", "username"}


def _fields_of(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yields the fields of an object, and of the objects in it."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from _fields_of(field, f"{path}{name}.")
    if "items" in schema:
        yield from _fields_of(schema["items"], path)


def _data(name: str) -> Schema:
    data: Schema = schema_of(name)["properties"]["detail"]["properties"]["data"]
    return data


def _fields() -> dict[str, Schema]:
    """Returns every field of every event, however deep: `OrderPaid.lines.price_minor`."""
    return {f"{name}.{path}": schema for name in SAMPLES for path, schema in _fields_of(_data(name))}


def test_money_in_an_event_is_in_minor_units_of_a_currency() -> None:
    fields = _fields()
    minor = {path: schema for path, schema in fields.items() if path.endswith("_minor")}

    assert minor
    assert {path: each for path, each in minor.items() if (each["type"], each["minimum"]) != ("integer", 0)} == {}
    assert {path for path in fields if NAMES_OF_MONEY.search(path.rpartition(".")[2])} == set()
    assert {name for name in (path.partition(".")[0] for path in minor) if f"{name}.currency" not in fields} == set()


def test_only_times_have_event_field_names_ending_in_at() -> None:
    fields = _fields()

    times = {path for path, schema in fields.items() if schema.get("format") == "date-time"}
    assert times == {path for path in fields if path.endswith(("_at", ".respond_by"))} != set()


def test_event_field_names_ending_in_id_belong_to_ids() -> None:
    ids = {path: schema for path, schema in _fields().items() if path.endswith("_id")}

    assert ids
    assert {path: each for path, each in ids.items() if "integer" not in each["type"] or each["minimum"] != 1} == {}


def test_events_have_no_id_of_their_own_and_no_personal_data() -> None:
    names = {path: path.rpartition(".")[2] for path in _fields()}

    assert {path for path, name in names.items() if name in _NAMES_OF_PEOPLE_AND_PLACES | {"id"}} == set()


@pytest.mark.parametrize("kind", get_args(Kind.__value__))
def test_an_export_has_ids_and_money_with_its_currency(kind: Kind) -> None:
    columns = set(map(str, header_of(kind)))

    if kind != "audit-log":  # its amounts are in the column `changes`
        assert {"order_id", "order_number"} <= columns
        assert {column for column in columns if NAMES_OF_MONEY.search(column)}
        assert "currency" in columns
    assert "created_at" in columns
    assert not columns & (_NAMES_OF_PEOPLE_AND_PLACES | {"id"})
