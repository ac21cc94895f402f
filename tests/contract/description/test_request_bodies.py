"""Description and models take the same request bodies: limits, kinds of values, rules over several fields.

The described fields, demands and defaults are computed from the models.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from pydantic import BaseModel, ValidationError

from microshop.exports.period import Mark, Period, Progress, encode_cursor
from microshop.schemas import RequestModel
from tests.support.api_description import Operation, description, operations, resolved
from tools.documents.declared import classes

MODELS = {
    kind.__name__: kind for kind in classes("schemas") if issubclass(kind, RequestModel) and kind is not RequestModel
}
ITEM = {"product_id": 42, "quantity": 2}
# In a country where everything may be left out; tests/unit/orders/test_countries.py has the rules of others.
ADDRESS = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "street2": "Flat 3",
    "city": "St. John's",
    "region": "Antigua",
    "postal_code": "SW1Y 4JH",
    "country": "AG",
    "phone": "+44 20 5555 0100",
}
SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD1"}
SECOND_FILE = encode_cursor(
    Period("orders", date(2026, 1, 1), date(2026, 1, 31), UTC),
    Progress(2, Mark(datetime(2026, 1, 7, tzinfo=UTC), 4097), datetime(2026, 2, 1, tzinfo=UTC)),
)
# Parts of bodies, and fields that no described example has.
MORE: dict[str, dict[str, Any]] = {
    "OrderItem": ITEM,
    "PostalAddress": ADDRESS,
    "RegisterRequest": {"username": "Ada", "email": "ada@example.com", "password": "correct horse", "language": "zh"},
    "AdjustStockRequest": {"delta": 2, "reason": "found behind the shelf", "kind": "adjusted"},
    "PlaceOrderRequest": {"items": [ITEM, {**ITEM, "product_id": 7}], "address": ADDRESS, "payment_method": "card"},
    "SetOrderStatusRequest": {"status": "delivered", "carrier": "", "tracking_number": ""},
    "RefundOrderRequest": {"amount": 19.9, "restock": [ITEM]},
    "CreateExportRequest": {"kind": "orders", "from": "2026-01-01", "to": "2026-01-31", "cursor": SECOND_FILE},
}
# In the patterns of text and of addresses of mail; other patterns have tests of their own.
_OF_TEXT = (r"\u007f-\u009f", ")+@")
_OTHER_KINDS: tuple[object, ...] = (None, 1, 1.5, True, [], {}, "", ["Ada"])
# Stripe's own, which is read as bytes: no model of ours has a say in it.
WITHOUT_A_RULE = {"password", "current_password", "new_password"}  # compared with a hash, shown to nobody
WITHOUT_A_MODEL = {"StripeEvent"}


def _body_of(operation: Operation) -> tuple[str, list[dict[str, Any]]]:
    content = operation.description["requestBody"]["content"]["application/json"]
    return content["schema"]["$ref"].rpartition("/")[2], [each["value"] for each in content["examples"].values()]


def _bodies() -> dict[str, list[dict[str, Any]]]:
    described = dict(_body_of(found) for found in operations() if "requestBody" in found.description)
    return {name: [*described.get(name, ()), *([MORE[name]] if name in MORE else ())] for name in MODELS}


# The examples of the description are valid bodies.
BODIES = _bodies()


def test_every_request_model_is_the_described_body_of_an_operation_and_vice_versa() -> None:
    described = {_body_of(found)[0] for found in operations() if "requestBody" in found.description}

    assert described - WITHOUT_A_MODEL == {name for name in MODELS if name.endswith("Request")}


def test_a_body_may_be_left_out_only_where_an_empty_one_is_valid() -> None:
    for operation in operations():
        if not operation.description.get("requestBody", {"required": True})["required"]:
            assert _both(_body_of(operation)[0], {}) == (True, True), operation.name


@pytest.mark.parametrize("name", MODELS)
def test_description_and_model_take_the_same_bodies(name: str) -> None:
    described, taken = _both(name, {})

    assert described == taken
    assert {_both(name, body) for body in BODIES[name]} == {(True, True)}
    assert {_both(name, {**body, "admin": True}) for body in BODIES[name]} == {(False, False)}


@pytest.mark.parametrize("name", MODELS)
def test_every_text_of_a_body_has_a_rule(name: str) -> None:
    texts = {field: resolved(schema) for field, schema in _schema(name).get("properties", {}).items()}
    parts = [(field, part) for field, schema in texts.items() for part in (schema, *schema.get("anyOf", ()))]
    ruled = {"pattern", "enum", "const"}

    assert [field for field, part in parts if part.get("type") == "string" and not part.keys() & ruled] == [
        field for field in texts if field in WITHOUT_A_RULE
    ]


@pytest.mark.parametrize("name", MODELS)
def test_description_and_model_take_the_same_values(name: str) -> None:
    for field, body in _by_field(name).items():
        left_out = {key: value for key, value in body.items() if key != field}
        for changed in (left_out, *({**body, field: value} for value in _OTHER_KINDS)):
            described, taken = _both(name, changed)
            assert described == taken, (field, changed.get(field))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_takes_the_least_and_the_most_that_is_described_and_nothing_beyond(name: str) -> None:
    for field, body in _by_field(name).items():
        for value, allowed in _edges(resolved(_schema(name)["properties"][field]), body[field]):
            right = next((each for each in BODIES[name] if each.get(field) == value), body)
            assert _both(name, {**right, field: value}) == (allowed, allowed), (field, value)


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


def test_a_country_is_one_of_iso_3166() -> None:
    _check_values("PostalAddress", "country", ["AG", "HK"], ["UK", "XK", "ZZ", "GBR", "G", "ÄÖ", ""])


def test_a_day_is_a_date_of_this_millennium() -> None:
    right = ["2026-01-02", "2024-02-29", "2000-01-01", "2999-12-31"]
    wrong = ["2026-02-30", "2025-02-29", "1999-12-31", "3000-01-01", "2026-1-2", "20260102", "2026-01-02T00:00:00Z"]
    wrong += ["2026-W01-1", "٢026-01-02", " 2026-01-02", "today"]

    for day in (*right, *wrong):
        body = {"kind": "orders", "from": day, "to": day}
        assert _both("CreateExportRequest", body) == (day in right, day in right), day


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"delta": 0}, False),
        ({"delta": 0, "kind": "received"}, False),
        ({"delta": -1, "kind": "received"}, False),
        ({"delta": 1, "kind": "received"}, True),
        ({"delta": -1}, True),
        ({"delta": -1, "kind": "adjusted"}, True),
    ],
)
def test_goods_that_are_received_are_never_fewer_than_one(change: dict[str, Any], allowed: bool) -> None:
    assert _both("AdjustStockRequest", {"reason": "counted", **change}) == (allowed, allowed)


@pytest.mark.parametrize(
    ("form", "allowed"),
    [
        ({}, False),
        ({"product_id": 42}, False),
        ({"quantity": 2}, False),
        (ITEM, True),
        ({"items": [ITEM]}, True),
        ({"items": [ITEM, ITEM]}, True),
        ({"items": [ITEM], "product_id": 42}, False),
        ({"items": [ITEM], "quantity": 2}, False),
        ({"items": [ITEM], **ITEM}, False),
    ],
)
def test_an_order_is_for_one_product_or_for_items(form: dict[str, Any], allowed: bool) -> None:
    assert _both("PlaceOrderRequest", {**form, "address": "1 Main Street"}) == (allowed, allowed)


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (SHIPPED, True),
        ({"status": "shipped"}, False),
        ({"status": "shipped", "carrier": "DHL"}, False),
        ({"status": "shipped", "tracking_number": "JD1"}, False),
        ({"status": "delivered"}, True),
        ({"status": "delivered", "carrier": "DHL"}, False),
        ({"status": "delivered", "tracking_number": "JD1"}, False),
        ({**SHIPPED, "status": "delivered"}, False),
        ({"status": "returned"}, False),
        ({"status": "returned", "restock": []}, True),
        ({"status": "returned", "restock": [ITEM], "reason": "not collected"}, True),
        ({"status": "returned", "restock": [], "carrier": "DHL"}, False),
    ],
)
def test_an_order_is_shipped_with_a_carrier_and_a_number_and_delivered_without(
    body: dict[str, Any], allowed: bool
) -> None:
    assert _both("SetOrderStatusRequest", body) == (allowed, allowed)


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = description()["components"]["schemas"][name]
    return schema


def _by_field(name: str) -> dict[str, dict[str, Any]]:
    """For each field a valid body that has it, with an element if it is a list."""
    return {field: body for body in BODIES[name] for field, value in body.items() if value not in ([], "")}


def _check_values(name: str, field: str, right: Sequence[object], wrong: Sequence[object]) -> None:
    body = _by_field(name)[field]
    for value, allowed in (*((value, True) for value in right), *((value, False) for value in wrong)):
        assert _both(name, {**body, field: value}) == (allowed, allowed), value


def _both(name: str, body: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the description and the model take the body."""
    schema = {**_schema(name), "components": description()["components"]}
    described = OAS31Validator(schema, format_checker=oas31_format_checker).is_valid(body)
    return described, _is_taken(MODELS[name], body)


def _is_taken(model: type[BaseModel], body: dict[str, Any]) -> bool:
    try:
        model.model_validate(body)
    except ValidationError:
        return False
    return True


def _edges(schema: dict[str, Any], right: Any) -> list[tuple[object, bool]]:
    """Values on and beyond the limits of a field, and whether they are right; `right` is one well within."""
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
    return []  # amounts, patterns and objects have tests of their own


def _text(length: int, kind: str | None) -> str:
    if kind != "email":
        return "x" * length
    return "".join(_email(length))


def _email(length: int) -> Iterator[str]:
    local = min(64, max(length - 4, 0))
    yield "x" * local + "@"
    rest = length - local - 1
    while rest > 64:
        yield "y" * 61 + "."
        rest -= 62
    yield "y" * (rest - 2) + ".z" if rest >= 3 else "y" * rest
