"""The described request bodies are those that the models take: same fields, same demands, same limits."""

import pkgutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

import microshop
from microshop.exports.period import Mark, Period, Progress, encode_cursor
from microshop.schemas import RequestModel
from tests.support.api_description import description, operations, resolved
from tests.support.product_builders import a_product_body


def _models() -> dict[str, type[RequestModel]]:
    for module in pkgutil.walk_packages(microshop.__path__, "microshop."):
        if module.name.endswith("schemas"):
            import_module(module.name)
    return {
        model.__name__: model for model in RequestModel.__subclasses__() if model.__module__.startswith("microshop.")
    }


MODELS = _models()
ITEM = {"product_id": 42, "quantity": 2}
ADDRESS = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "street2": "Flat 3",
    "city": "London",
    "region": "Greater London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
    "phone": "+44 20 5555 0100",
}
SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD1"}
JANUARY = {"from": "2026-01-01", "to": "2026-01-31"}
SECOND_FILE = encode_cursor(
    Period("orders", date(2026, 1, 1), date(2026, 1, 31)),
    Progress(2, Mark(datetime(2026, 1, 7, tzinfo=UTC), 4097), datetime(2026, 2, 1, tzinfo=UTC)),
)
# Every form of each body and of each part of one; together they have every field.
VALID: dict[str, tuple[dict[str, Any], ...]] = {
    "RegisterRequest": (
        {"username": "Ada", "email": "ada@example.com", "password": "correct horse battery", "language": "zh"},
    ),
    "LogInRequest": ({"email": "ada@example.com", "password": "correct horse battery"},),
    "UpdateProfileRequest": ({"username": "Ada", "language": "en"},),
    "ChangePasswordRequest": ({"current_password": "correct horse battery", "new_password": "another horse battery"},),
    "CreateProductRequest": (a_product_body(stock=3), a_product_body(price=19.9)),
    "UpdateProductRequest": (a_product_body(version=7), a_product_body(price=20)),
    "AdjustStockRequest": ({"delta": 2, "reason": "found behind the shelf", "kind": "adjusted"},),
    "PlaceOrderRequest": (
        {**ITEM, "address": "12 St James's Square\nLondon", "payment_method": "card"},
        {"items": [ITEM, {**ITEM, "product_id": 7}], "address": ADDRESS, "payment_method": "cash_on_delivery"},
    ),
    "OrderItem": (ITEM,),
    "PostalAddress": (ADDRESS,),
    "CancelOrderRequest": ({"reason": "ordered by mistake"},),
    "ConfirmOrderRequest": ({"reference": "bank transfer 3"},),
    "SetOrderStatusRequest": (SHIPPED, {"status": "delivered"}),
    "RefundOrderRequest": (
        {"amount": "19.90", "reason": "arrived broken", "restock": [ITEM]},
        {"amount": 19.9, "restock": []},
    ),
    "CreateExportRequest": ({**JANUARY, "kind": "orders", "cursor": SECOND_FILE}, {**JANUARY, "kind": "payments"}),
}
# What is left out stays as it is, or has no need to be said.
MAY_BE_EMPTY = {"CancelOrderRequest", "RefundOrderRequest"}
MAY_BE_LEFT_OUT = {"CancelOrderRequest"}
# Stripe's own, which is read as bytes: no model of ours has a say in it.
WITHOUT_A_MODEL = {"StripeEvent"}
# Of the values below, those that a field takes, as Python writes them.
TAKEN = {
    **dict.fromkeys(("stock", "low_stock_threshold", "version", "delta", "product_id", "quantity"), ("1",)),
    **dict.fromkeys(("price", "amount"), ("1", "1.5")),
    "description": ("''",),
    **dict.fromkeys(("image_urls", "restock"), ("[]",)),
}


def _fields(name: str) -> dict[str, FieldInfo]:
    """The fields of a model by their names in a body."""
    return {field.alias or key: field for key, field in MODELS[name].model_fields.items()}


FIELDS = [(name, field) for name in MODELS for field in _fields(name)]


def test_every_model_is_the_described_body_of_an_operation_and_the_other_way_round() -> None:
    bodies = [found.description["requestBody"] for found in operations() if "requestBody" in found.description]

    described = {body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2] for body in bodies}

    assert described - WITHOUT_A_MODEL == {name for name in MODELS if name.endswith("Request")}
    assert MODELS.keys() == VALID.keys()


@pytest.mark.parametrize("name", MODELS)
def test_a_body_has_the_fields_of_its_model(name: str) -> None:
    schema, fields = _schema(name), _fields(name)

    assert schema["properties"].keys() == fields.keys()
    assert set(schema.get("required", [])) == {key for key, field in fields.items() if field.is_required()}


@pytest.mark.parametrize("name", MODELS)
def test_a_full_body_is_right_for_both(name: str) -> None:
    assert {_both(name, body) for body in VALID[name]} == {(True, True)}


@pytest.mark.parametrize("name", MODELS)
def test_an_empty_body_is_wrong_for_both_unless_nothing_need_be_said(name: str) -> None:
    may_be_empty = name in MAY_BE_EMPTY

    assert _both(name, {}) == (may_be_empty, may_be_empty)


@pytest.mark.parametrize("name", MODELS)
def test_an_unknown_field_is_wrong_for_both(name: str) -> None:
    assert {_both(name, {**body, "admin": True}) for body in VALID[name]} == {(False, False)}


def test_a_body_may_be_left_out_only_where_an_empty_one_is_right() -> None:
    bodies = [found.description["requestBody"] for found in operations() if "requestBody" in found.description]

    optional = {
        body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for body in bodies
        if not body["required"]
    }

    assert optional == MAY_BE_LEFT_OUT <= MAY_BE_EMPTY


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_may_be_left_out_for_both_or_for_neither(name: str, field: str) -> None:
    body = {key: value for key, value in _valid(name, field).items() if key != field}

    described, taken = _both(name, body)

    assert described == taken


@pytest.mark.parametrize(("name", "field"), FIELDS)
@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], {}, "", ["Ada"]])
def test_a_value_of_another_kind_is_wrong_for_both(name: str, field: str, value: object) -> None:
    taken = repr(value) in TAKEN.get(field, ())

    assert _both(name, {**_valid(name, field), field: value}) == (taken, taken)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_takes_the_least_and_the_most_that_is_described_and_nothing_beyond(name: str, field: str) -> None:
    right = _valid(name, field)[field]

    for value, allowed in _edges(resolved(_schema(name)["properties"][field]), right):
        assert _both(name, {**_valid(name, field, value), field: value}) == (allowed, allowed), value


@pytest.mark.parametrize(
    ("price", "allowed"),
    [
        *((price, True) for price in ("0", "00", "19.9", "19.90", "1.999", "999999999999.999", 0, 19.9, 1.999, 12)),
        *((price, False) for price in ("", ".5", "5.", "1.9999", "1e3", "-1", "+1", " 1", "1,50", "٣", "9" * 13)),
        *((price, False) for price in (-1, -0.01, 1e12, 10**31, 1e300)),
    ],
)
@pytest.mark.parametrize(
    ("name", "field"),
    [("CreateProductRequest", "price"), ("UpdateProductRequest", "price"), ("RefundOrderRequest", "amount")],
)
def test_money_is_a_plain_amount_as_text_or_as_a_number(name: str, field: str, price: object, allowed: bool) -> None:
    assert _both(name, {**VALID[name][0], field: price}) == (allowed, allowed)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        *((url, True) for url in ("https://a.example/1.jpg?w=2#a", "http://a.example", "https://[2001:db8::1]/1")),
        *((url, False) for url in ("javascript:alert(1)", "ftp://a.example", "//a.example/1.jpg", "a.example/1.jpg")),
        *((url, False) for url in ("https://", "https://a.example/ 1.jpg", "https://ä.example", "HTTPS", "data:,a")),
        (f"https://a.example/{'x' * 482}", True),
        (f"https://a.example/{'x' * 483}", False),
    ],
)
@pytest.mark.parametrize("name", ["CreateProductRequest", "UpdateProductRequest"])
def test_an_image_is_an_absolute_url_of_the_web(name: str, url: str, allowed: bool) -> None:
    assert _both(name, {**VALID[name][0], "image_urls": [url]}) == (allowed, allowed)


@pytest.mark.parametrize(
    ("country", "allowed"), [("DE", True), ("de", False), ("DEU", False), ("D", False), ("ÄÖ", False), (" DE", False)]
)
def test_a_country_is_two_capital_letters(country: str, allowed: bool) -> None:
    assert _both("PostalAddress", {**ADDRESS, "country": country}) == (allowed, allowed)


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
    ],
)
def test_an_order_is_shipped_with_a_carrier_and_a_number_and_delivered_without(
    body: dict[str, Any], allowed: bool
) -> None:
    assert _both("SetOrderStatusRequest", body) == (allowed, allowed)


@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        *((day, True) for day in ("2026-01-02", "2024-02-29", "2000-01-01", "2999-12-31")),
        *((day, False) for day in ("2026-02-30", "2025-02-29", "1999-12-31", "3000-01-01", "2026-1-2", "20260102")),
        *((day, False) for day in ("2026-01-02T00:00:00Z", "2026-W01-1", "٢026-01-02", " 2026-01-02", "today")),
    ],
)
def test_a_day_is_a_date_of_this_millennium(day: str, allowed: bool) -> None:
    assert _both("CreateExportRequest", {"kind": "orders", "from": day, "to": day}) == (allowed, allowed)


def test_the_described_defaults_are_those_of_the_models() -> None:
    for name, field in FIELDS:
        described = resolved(_schema(name)["properties"][field]).get("default")
        taken = _fields(name)[field]
        default = taken.get_default(call_default_factory=True, validated_data={})
        assert described == (None if taken.is_required() else default), (name, field)


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = description()["components"]["schemas"][name]
    return schema


def _valid(name: str, field: str, value: object = None) -> dict[str, Any]:
    """A right body that has the field, and this value in it if there is one."""
    having = [body for body in VALID[name] if field in body]
    return next((body for body in having if body[field] == value), having[0])


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
    if schema["type"] == "string" and "pattern" not in schema:
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
