"""A wrong value in any field of any request model, read as the frame reads a body, is refused by the field's name."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from microshop.errors import InvalidInput
from microshop.http import Request
from tests.support.builders import an_api_event
from tests.support.request_bodies import BODIES, MODELS

_WRONG: dict[str, Any] = {
    "null": None,
    "a number": 17,
    "a fraction": 1.5,
    "a huge number": 10**31,
    "a flag": True,
    "a list": ["Ada"],
    "an object": {"$ne": ""},
    "an empty text": "",
    "NUL": "correct\x00horse@example.com",
    "a lone surrogate": "correct\ud83dhorse@example.com",
    "an endless text": "x" * 100_000,
}
# Values that are right all the same, by the field's name or its last part.
_NUMBERS = {
    **dict.fromkeys(
        (
            *("stock", "low_stock_threshold", "delta", "product_id", "quantity", "days", "address_id", "id", "limit"),
            *("parent_id", "before_id", "position"),
        ),
        ("a number",),
    ),
    **dict.fromkeys(("role_ids.0", "category_ids.0"), ("a number",)),
    **dict.fromkeys(("price", "amount", "expected_total", "refund"), ("a number", "a fraction")),
    "version": ("a number", "a huge number"),  # it is only compared
    **dict.fromkeys(("despite_dispute", "read_only", "is_default", "release"), ("a flag",)),
}
# A blank text counts as left out.
_MAY_BE_BLANK = {
    "PostalAddress": {"street2", "city", "region", "postal_code", "phone"},
    "CreateProductRequest": {"description", "category", "sku"},
    "UpdateProductRequest": {"description"},
    "CreateListingRequest": {"brand", "description", "sku", "slug"},
    "UpdateListingRequest": {"brand", "description", "slug"},
    "SentListingText": {"description"},
    "SentVariant": {"sku"},
    "AddVariantRequest": {"sku"},
    "RestoreVariantRequest": {"sku"},
    "AddCategoryRequest": {"slug"},
    "ChangeCategoryRequest": {"slug"},
    "CancelOrderRequest": {"reason"},
    "SetOrderStatusRequest": {"reason", "carrier", "tracking_number"},
    "CorrectShipmentRequest": {"carrier", "tracking_number"},
    "RefundOrderRequest": {"reason"},
    "SearchCustomersRequest": {"email", "username"},
}


def test_every_field_of_a_request_model_is_in_a_body_of_these_tests() -> None:
    missing = {
        (name, field.alias or own_name)
        for name, model in MODELS.items()
        for own_name, field in model.model_fields.items()
        if not any((field.alias or own_name) in body for body in BODIES[name])
    }

    assert missing == set()


def test_a_wrong_value_is_refused_by_its_fields_name() -> None:
    rows = {
        (name, field, case): _refused(name, _with(body, field, value))
        for name in MODELS
        for field, body in _fields_with_a_body(name)
        for case, value in _WRONG.items()
    }

    accepted = {row for row, fields in rows.items() if not fields}
    assert accepted == {row for row in rows if _is_right(*row)}
    assert {row: fields for row, fields in rows.items() if row not in accepted and not _names(row, fields)} == {}


def _is_right(name: str, field: str, case: str) -> bool:
    last = field.rpartition(".")[2]
    model = "PostalAddress" if field.startswith("address.") else name
    numbers = _NUMBERS.get(field, _NUMBERS.get(last, ()))
    return case in numbers or (case == "an empty text" and last in _MAY_BE_BLANK.get(model, ()))


def test_a_number_that_is_too_long_is_refused_as_part_of_the_body() -> None:
    assert _refused("AdjustStockRequest", {"delta": 10**400, "reason": "counted"}) == {"body"}


def _fields_with_a_body(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the dotted path of every field, and a valid body that has it."""
    for body in BODIES[name]:
        yield from ((field, body) for field in _fields(body))


def _fields(value: Any, path: str = "") -> Iterator[str]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inside:
        field = f"{path}.{name}".removeprefix(".")
        yield field
        yield from _fields(part, field)


def _with(body: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """Returns the body with this value at the field's path."""
    changed = copy.deepcopy(body)
    place: Any = changed
    *before, last = (int(part) if part.isdigit() else part for part in field.split("."))
    for part in before:
        place = place[part]
    place[last] = value
    return changed


def _refused(name: str, body: dict[str, Any]) -> set[str]:
    """Returns the fields that the refusal names; nothing if the body is accepted."""
    try:
        Request(an_api_event(method="POST", raw_body=json.dumps(body))).body(MODELS[name])
    except InvalidInput as refusal:
        return {problem.field for problem in refusal.problems}
    return set()


def _names(row: tuple[str, str, str], found: set[str]) -> bool:
    _, field, case = row
    if case in ("a list", "an object"):  # if the field accepts one, its content is wrong
        return all(f"{name}.".startswith(f"{field}.") for name in found)
    return found == {field}
