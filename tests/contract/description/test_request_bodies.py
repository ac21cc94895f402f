"""Description and models accept the same request bodies: limits, kinds of values, rules over several fields.

The described fields, required fields and defaults are computed from the models.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from pydantic import BaseModel, ValidationError

from tests.support.api_description import description, operations, resolved
from tests.support.request_bodies import BODIES, ITEM, MODELS

_SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD1"}
# In the patterns of text and of mail addresses; other patterns have their own tests.
_OF_TEXT = (r"\u007f-\u009f", ")+@")
_OTHER_KINDS: tuple[object, ...] = (None, 1, 1.5, True, [], {}, "", ["Ada"])
_WITHOUT_A_RULE = {"password", "current_password", "new_password", "token"}  # compared with a hash, shown to nobody
_WITHOUT_A_MODEL = {"StripeEvent"}  # read as bytes


def test_every_request_model_describes_the_body_of_an_operation() -> None:
    described = {found.body_name for found in operations() if "requestBody" in found.description}

    assert described - _WITHOUT_A_MODEL == {name for name in MODELS if name.endswith("Request")}


def test_only_operations_that_accept_an_empty_body_have_an_optional_one() -> None:
    optional = [
        found for found in operations() if not found.description.get("requestBody", {"required": True})["required"]
    ]

    assert {found.name: _both(found.body_name, {}) for found in optional} == {
        found.name: (True, True) for found in optional
    }
    assert optional


def test_the_described_examples_are_accepted_and_unknown_fields_are_not() -> None:
    examples = [(name, body) for name, bodies in BODIES.items() for body in bodies]

    assert [(name, body) for name, body in examples if _both(name, body) != (True, True)] == []
    assert [(name, body) for name, body in examples if _both(name, {**body, "admin": True}) != (False, False)] == []


def test_every_text_of_a_body_has_a_pattern_or_a_choice() -> None:
    without = {
        field
        for name in MODELS
        for field, schema in _properties(name).items()
        for part in (resolved(schema), *resolved(schema).get("anyOf", ()))
        if part.get("type") == "string" and not part.keys() & {"pattern", "enum", "const"}
    }

    assert without == _WITHOUT_A_RULE


def test_description_and_model_accept_the_same_kinds_of_values() -> None:
    changed: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in MODELS]
    for name, field, body in _fields():
        left_out = {key: value for key, value in body.items() if key != field}
        changed += [(name, left_out), *((name, {**body, field: value}) for value in _OTHER_KINDS)]

    assert list(_disagreements(changed)) == []


def test_description_and_model_have_the_same_limits() -> None:
    rows = [
        (name, field, value, allowed)
        for name, field, body in _fields()
        for value, allowed in _edges(resolved(_properties(name)[field]), body[field])
    ]

    assert len(rows) > 100
    assert [row for row in rows if _both(row[0], _holding(*row[:3])) != (row[3], row[3])] == []


@pytest.mark.parametrize(
    ("name", "field"),
    [("CreateProductRequest", "price"), ("UpdateProductRequest", "price"), ("RefundOrderRequest", "amount")],
)
def test_money_is_a_plain_amount_as_text_or_as_a_number(name: str, field: str) -> None:
    right = ("0", "00", "19.9", "19.90", "1.999", "999999999999.999", 0, 19.9, 1.999, 12)
    wrong = ("", ".5", "5.", "1.9999", "1e3", "-1", "+1", " 1", "1,50", "٣", "9" * 13, -1, -0.01, 1e12, 10**31, 1e300)

    _check_values(name, field, right, wrong)


@pytest.mark.parametrize("name", ["CreateProductRequest", "UpdateProductRequest"])
def test_an_image_is_an_absolute_url_of_the_web(name: str) -> None:
    right = ["https://a.example/1.jpg?w=2#a", "http://a.example", "https://[2001:db8::1]/1"]
    wrong = ["javascript:alert(1)", "ftp://a.example", "//a.example/1.jpg", "a.example/1.jpg", "https://", "HTTPS"]
    wrong += ["https://a.example/ 1.jpg", "https://^K<,e", "https://a@b.example", "https:///1.jpg", "data:,a"]
    right += ["https://ä.example/ü.jpg"]
    right.append(f"https://a.example/{'x' * 482}")
    wrong.append(f"https://a.example/{'x' * 483}")

    _check_values(name, "image_urls", [[url] for url in right], [[url] for url in wrong])


def test_a_country_is_a_code_of_iso_3166() -> None:
    _check_values("PostalAddress", "country", ["AG", "HK"], ["UK", "XK", "ZZ", "GBR", "G", "ÄÖ", ""])


def test_a_day_is_a_date_of_this_millennium() -> None:
    right = ["2026-01-02", "2024-02-29", "2000-01-01", "2999-12-31"]
    wrong = ["2026-02-30", "2025-02-29", "1999-12-31", "3000-01-01", "2026-1-2", "20260102", "2026-01-02T00:00:00Z"]
    wrong += ["2026-W01-1", "٢026-01-02", " 2026-01-02", "today"]

    _check("CreateExportRequest", [({"kind": "orders", "from": day, "to": day}, day in right) for day in right + wrong])


def test_received_goods_are_at_least_one_unit() -> None:
    rows: list[tuple[dict[str, Any], bool]] = [
        ({"delta": 0}, False),
        ({"delta": 0, "kind": "received"}, False),
        ({"delta": -1, "kind": "received"}, False),
        ({"delta": 1, "kind": "received"}, True),
        ({"delta": -1}, True),
        ({"delta": -1, "kind": "adjusted"}, True),
    ]

    _check("AdjustStockRequest", [({"reason": "counted", **change}, allowed) for change, allowed in rows])


def test_an_order_is_for_one_product_or_for_items() -> None:
    rows: list[tuple[dict[str, Any], bool]] = [
        ({}, False),
        ({"product_id": 42}, False),
        ({"quantity": 2}, False),
        (ITEM, True),
        ({"items": [ITEM]}, True),
        ({"items": [ITEM, ITEM]}, True),
        ({"items": [ITEM], "product_id": 42}, False),
        ({"items": [ITEM], "quantity": 2}, False),
        ({"items": [ITEM], **ITEM}, False),
    ]

    _check("PlaceOrderRequest", [({**form, "address": "1 Main Street"}, allowed) for form, allowed in rows])


def test_an_order_is_shipped_with_carrier_and_number_and_delivered_without() -> None:
    _check(
        "SetOrderStatusRequest",
        [
            (_SHIPPED, True),
            ({"status": "shipped"}, False),
            ({"status": "shipped", "carrier": "DHL"}, False),
            ({"status": "shipped", "tracking_number": "JD1"}, False),
            ({"status": "delivered"}, True),
            ({"status": "delivered", "carrier": "DHL"}, False),
            ({"status": "delivered", "tracking_number": "JD1"}, False),
            ({**_SHIPPED, "status": "delivered"}, False),
            ({"status": "returned"}, False),
            ({"status": "returned", "restock": []}, True),
            ({"status": "returned", "restock": [ITEM], "reason": "not collected"}, True),
            ({"status": "returned", "restock": [], "carrier": "DHL"}, False),
        ],
    )


def _properties(name: str) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = description()["components"]["schemas"][name]["properties"]
    return properties


def _fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields each model's fields, each with a valid body that has it, with an element if it is a list."""
    for name in MODELS:
        for field, body in _by_field(name).items():
            yield name, field, body


def _by_field(name: str) -> dict[str, dict[str, Any]]:
    return {field: body for body in BODIES[name] for field, value in body.items() if value not in ([], "")}


def _holding(name: str, field: str, value: object) -> dict[str, Any]:
    """Returns a body with this value; where the other fields depend on it, the example that has it."""
    body = next((each for each in BODIES[name] if each.get(field) == value), _by_field(name)[field])
    return {**body, field: value}


def _check_values(name: str, field: str, right: Sequence[object], wrong: Sequence[object]) -> None:
    body = _by_field(name)[field]
    _check(
        name, [({**body, field: value}, True) for value in right] + [({**body, field: value}, False) for value in wrong]
    )


def _check(name: str, rows: Iterable[tuple[dict[str, Any], bool]]) -> None:
    assert [(body, allowed) for body, allowed in rows if _both(name, body) != (allowed, allowed)] == []


def _disagreements(bodies: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, body in bodies:
        described, accepted = _both(name, body)
        if described != accepted:
            yield name, body


def _both(name: str, body: dict[str, Any]) -> tuple[bool, bool]:
    """Returns whether the description and the model accept the body."""
    schema = {**description()["components"]["schemas"][name], "components": description()["components"]}
    described = OAS31Validator(schema, format_checker=oas31_format_checker).is_valid(body)
    return described, _is_accepted(MODELS[name], body)


def _is_accepted(model: type[BaseModel], body: dict[str, Any]) -> bool:
    try:
        model.model_validate(body)
    except ValidationError:
        return False
    return True


def _edges(schema: dict[str, Any], right: Any) -> list[tuple[object, bool]]:
    """Returns values on and beyond the limits of a field, and whether they are right; `right` is one well within."""
    if "anyOf" in schema:
        return [edge for form in schema["anyOf"] for edge in _edges(resolved(form), right)]
    if "enum" in schema:
        return [*((value, True) for value in schema["enum"]), (schema["enum"][0].upper(), False), ("fr", False)]
    if schema["type"] == "integer":
        low, high = schema["minimum"], schema.get("maximum")
        return [(low - 1, False), (low, True), *([(high, True), (high + 1, False)] if high else [])]
    if schema["type"] == "array":
        low, high = schema.get("minItems", 0), schema["maxItems"]
        return [(right[:1] * length, low <= length <= high) for length in (0, 1, high, high + 1)]
    if schema["type"] == "string" and any(known in schema.get("pattern", "") for known in _OF_TEXT):
        low, high = schema.get("minLength", 0), schema["maxLength"]
        lengths = {low - 1: False, low: True, high: True, high + 1: False}
        return [(_text(length, schema.get("format")), allowed) for length, allowed in lengths.items() if length >= 0]
    return []  # amounts, patterns and objects have their own tests


def _text(length: int, kind: str | None) -> str:
    return "".join(_email(length)) if kind == "email" else "x" * length


def _email(length: int) -> Iterator[str]:
    local = min(64, max(length - 4, 0))
    yield "x" * local + "@"
    rest = length - local - 1
    while rest > 64:
        yield "y" * 61 + "."
        rest -= 62
    yield "y" * (rest - 2) + ".z" if rest >= 3 else "y" * rest
