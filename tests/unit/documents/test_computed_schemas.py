"""JSON schemas of Python types, and how they are written into docs/openapi.yaml."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest
import yaml

from microshop.orders.events import OrderCreated
from tools.documents.declared import field_docs
from tools.documents.json_types import definition_of, schema_of
from tools.documents.openapi import OPENAPI_FILE, with_components
from tools.problems import LocalProblem

type Code = Annotated[str, {"pattern": "^[A-Z]+$"}]
type Size = Literal["s", "m"]


class _Part(TypedDict):
    count: int


class _View(TypedDict):
    code: Code
    sizes: list[Size]
    part: _Part
    note: str | None
    parent: _Part | None
    extra: NotRequired[dict[str, int]]


def test_types_of_fields_become_schemas() -> None:
    schema = definition_of(_View, lambda kind: {"$ref": "#/Part"} if kind is _Part else None)

    assert schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["code", "sizes", "part", "note", "parent"],
        "properties": {
            "code": {"type": "string", "pattern": "^[A-Z]+$"},
            "sizes": {"type": "array", "items": {"type": "string", "enum": ["s", "m"]}},
            "part": {"$ref": "#/Part"},
            "note": {"type": ["string", "null"]},
            "parent": {"anyOf": [{"$ref": "#/Part"}, {"type": "null"}]},
            "extra": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }


@pytest.mark.parametrize("kind", [set[str], bytes, Annotated[str, "a note"]])
def test_type_without_a_schema_is_refused(kind: Any) -> None:
    with pytest.raises(LocalProblem, match="tools/documents"):
        schema_of(kind, lambda _: None)


def test_field_docstrings_come_from_the_class_and_its_bases() -> None:
    docs = field_docs(OrderCreated)

    assert (docs["user_id"], docs["created_at"]) == ("The customer.", "The time at which the order was placed.")
    assert "currency" not in docs


def test_components_are_computed_and_descriptions_are_kept() -> None:
    current = OPENAPI_FILE.read_text(encoding="utf-8")
    (start, end) = (current.index("    AdjustStockRequest:\n"), current.index("    PlaceOrderRequest:\n"))
    stale = current[start:end].replace("1000000", "99").replace("reason:", "cause:").replace("kind:\n", "kind: # why\n")

    written = with_components(current[:start] + stale + current[end:])

    before, after = (yaml.safe_load(text)["components"]["schemas"] for text in (current, written))
    reason = after["AdjustStockRequest"]["properties"]["reason"]
    assert reason.keys() == {"type", "minLength", "maxLength", "pattern"}  # its description went with the name
    reason["description"] = before["AdjustStockRequest"]["properties"]["reason"]["description"]
    assert after == before
    assert "kind: # why" in written


def test_component_is_written_when_an_operation_refers_to_it() -> None:
    current = OPENAPI_FILE.read_text(encoding="utf-8")
    (start, end) = (current.index("    LogInRequest:\n"), current.index("    UpdateProfileRequest:\n"))

    written = with_components(current[:start] + current[end:])

    log_in = yaml.safe_load(written)["components"]["schemas"]["LogInRequest"]
    assert log_in["required"] == ["email", "password"]
    assert log_in["properties"]["email"]["format"] == "email"
    assert log_in["properties"]["email"]["maxLength"] == 254
