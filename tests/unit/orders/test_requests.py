"""Request bodies of orders, and how a refusal names the wrong field."""

from functools import partial
from typing import Any

import pytest

from microshop.errors import InvalidInput
from microshop.orders.change_schemas import (
    CancelOrderRequest,
    ConfirmOrderRequest,
    CorrectShipmentRequest,
    SetOrderStatusRequest,
)
from microshop.orders.requested_lines import RequestedLine
from microshop.orders.schemas import PlaceOrderRequest
from tests.support.body_checks import body_problems, read_body, refused_fields
from tests.support.table_rows import wrong_answers

_SEED: dict[str, Any] = {"product_id": 5, "quantity": 2, "address": "1 Main Street"}
_CART: dict[str, Any] = {"items": [{"product_id": 5, "quantity": 2}], "address": "1 Main Street"}
_HONG_KONG = {"recipient": "Ada", "street": "1 Nathan Road", "city": "Hong Kong", "country": "HK"}
_FIELDS = {"recipient": "Ada", "street": "1 Main Street", "city": "Berlin", "postal_code": "10115", "country": "DE"}


def _without(body: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != field}


def test_order_of_one_product_names_its_fields() -> None:
    assert read_body(PlaceOrderRequest, _SEED).lines() == [RequestedLine(5, 2, "product_id", "quantity")]


def test_order_of_several_products_names_their_places_in_the_request() -> None:
    items = [{"product_id": 5, "quantity": 2}, {"product_id": 6, "quantity": 1}, {"product_id": 5, "quantity": 1}]

    assert read_body(PlaceOrderRequest, {**_CART, "items": items}).lines() == [
        RequestedLine(5, 3, "items.0.product_id", "items.0.quantity"),
        RequestedLine(6, 1, "items.1.product_id", "items.1.quantity"),
    ]


def test_expected_total_is_text_or_a_number_or_left_out() -> None:
    def expected(**sent: object) -> int | None:
        return read_body(PlaceOrderRequest, {**_SEED, **sent}).expected_total_minor("USD")

    assert [expected(expected_total=total) for total in ("19.90", 19.9, "0")] == [1990, 1990, 0]
    assert expected() is None


def test_expected_total_finer_than_the_currency_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected_total: USD has 2 decimal digits"):
        read_body(PlaceOrderRequest, {**_SEED, "expected_total": "19.999"}).expected_total_minor("USD")


def test_order_without_expected_total_keeps_its_old_fingerprint() -> None:
    assert read_body(PlaceOrderRequest, _SEED).model_dump(mode="json") == {
        "product_id": 5,
        "quantity": 2,
        "items": None,
        "address": "1 Main Street",
        "payment_method": "card",
    }


def test_order_is_paid_by_card_by_default() -> None:
    assert read_body(PlaceOrderRequest, _SEED).payment_method == "card"
    assert read_body(PlaceOrderRequest, {**_SEED, "payment_method": "cash_on_delivery"}).payment_method == (
        "cash_on_delivery"
    )


def test_address_is_stored_as_text_or_as_the_given_fields() -> None:
    rows: list[tuple[Any, Any]] = [
        (" 1 Main Street\r\nBerlin ", "1 Main Street\nBerlin"),
        (_FIELDS, _FIELDS),
        (
            {
                **_FIELDS,
                "recipient": " Ada ",
                "postal_code": "D-10115",
                "country": "de",
                "phone": "+49\u00a030 5555 01",
            },
            {**_FIELDS, "phone": "+49 30 5555 01"},
        ),
        ({**_FIELDS, "street2": "", "region": " ", "phone": ""}, _FIELDS),
        ({**_HONG_KONG, "postal_code": " "}, _HONG_KONG),
    ]

    def stored(address: Any) -> object:
        return read_body(PlaceOrderRequest, {**_SEED, "address": address}).stored_address()

    assert wrong_answers(stored, rows) == []


def test_order_is_refused_without_either_a_product_or_items() -> None:
    reason = "is required unless items are given, and not allowed together with items"
    rows = [
        (_without(_SEED, "product_id"), "product_id"),
        (_without(_SEED, "quantity"), "quantity"),
        ({"address": "1 Main Street"}, "product_id"),
        ({**_CART, **_SEED}, "product_id"),
        ({**_CART, "quantity": 2}, "quantity"),
    ]

    found = [body_problems(PlaceOrderRequest, body) for body, _ in rows]

    assert found == [{field: reason} for _, field in rows]


def test_order_names_a_wrong_field_once() -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"product_id": 0}, "product_id"),
        ({"product_id": 2**63}, "product_id"),
        ({"product_id": "5"}, "product_id"),
        ({"product_id": 5.0}, "product_id"),
        ({"product_id": None}, "product_id"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1000}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"address": None}, "address"),
        ({"address": ""}, "address"),
        ({"address": "a" * 501}, "address"),
        ({"address": "a\x0bb"}, "address"),
        ({"address": "a\u202eb"}, "address"),
        ({"address": {**_FIELDS, "recipient": "\u200b"}}, "address.recipient"),
        ({"address": 5}, "address"),
        ({"address": ["1 Main Street"]}, "address"),
        ({"address": {**_FIELDS, "city": ""}}, "address.city"),
        ({"address": {**_FIELDS, "street": "a\nb"}}, "address.street"),
        ({"address": {**_FIELDS, "region": None}}, "address.region"),
        ({"address": {**_FIELDS, "country": "UK"}}, "address.country"),
        ({"address": {**_FIELDS, "country": ""}}, "address.country"),
        ({"address": {**_FIELDS, "country": "US", "postal_code": "62701"}}, "address.region"),
        ({"address": {**_FIELDS, "postal_code": ""}}, "address.postal_code"),
        ({"address": {**_FIELDS, "postal_code": "1011"}}, "address.postal_code"),
        ({"address": {**_FIELDS, "phone": "call me"}}, "address.phone"),
        ({"address": {**_FIELDS, "country": "DEU"}}, "address.country"),
        ({"address": {**_FIELDS, "postal_code": "1" * 21}}, "address.postal_code"),
        ({"address": {**_FIELDS, "planet": "Earth"}}, "address.planet"),
        ({"address": _without(_FIELDS, "recipient")}, "address.recipient"),
        ({"payment_method": "bitcoin"}, "payment_method"),
        ({"payment_method": None}, "payment_method"),
        ({"price": 1}, "price"),
        ({"total": "0.01"}, "total"),
        ({"user_id": 1}, "user_id"),
    ]

    def named(changed: dict[str, Any]) -> list[str]:
        return refused_fields(PlaceOrderRequest, {**_SEED, **changed})

    assert wrong_answers(named, [(changed, [field]) for changed, field in rows]) == []


def test_order_names_a_wrong_item_with_its_place() -> None:
    rows: list[tuple[Any, str]] = [
        ([], "items"),
        ([{"product_id": number, "quantity": 1} for number in range(1, 52)], "items"),
        ({"product_id": 5, "quantity": 1}, "items"),
        (None, "items"),
        ([{"product_id": 5, "quantity": 1}, {"product_id": 5, "quantity": 0}], "items.1.quantity"),
        ([{"product_id": 5}], "items.0.quantity"),
        ([{"product_id": 5, "quantity": 1, "price": 1}], "items.0.price"),
        ([5], "items.0"),
        ([None], "items.0"),
    ]

    def named(items: Any) -> list[str]:
        return refused_fields(PlaceOrderRequest, {**_CART, "items": items})

    assert wrong_answers(named, [(items, [field]) for items, field in rows]) == []


def test_order_has_up_to_fifty_lines() -> None:
    items = [{"product_id": number, "quantity": 999} for number in range(1, 51)]

    assert len(read_body(PlaceOrderRequest, {**_CART, "items": items}).lines()) == 50


def test_order_is_refused_with_more_than_999_units_on_two_lines() -> None:
    sent = read_body(PlaceOrderRequest, {**_CART, "items": [{"product_id": 5, "quantity": 500}] * 2})

    with pytest.raises(InvalidInput, match=r"items\.0\.quantity: an order can have at most 999 units"):
        sent.lines()


def test_cancellation_needs_no_reason() -> None:
    assert read_body(CancelOrderRequest, {}).reason is None
    assert read_body(CancelOrderRequest, {"reason": " "}).reason is None


def test_cancellation_is_refused_when_its_reason_is_not_a_line() -> None:
    reasons: list[object] = ["a" * 201, "a\nb", "\u2800", None, 5]

    assert [reason for reason in reasons if refused_fields(CancelOrderRequest, {"reason": reason}) != ["reason"]] == []


def test_confirmation_is_refused_without_the_payments_reference() -> None:
    bodies: list[dict[str, object]] = [{}, {"reference": " "}, {"reference": "a" * 101}, {"reference": None}]

    assert [body for body in bodies if refused_fields(ConfirmOrderRequest, body) != ["reference"]] == []


def test_return_names_the_restocked_units() -> None:
    body = {"status": "returned", "restock": [{"product_id": 5, "quantity": 2}], "reason": " not collected "}

    read = read_body(SetOrderStatusRequest, body)

    assert (read.restock_lines(), read.reason) == (
        [RequestedLine(5, 2, "restock.0.product_id", "restock.0.quantity")],
        "not collected",
    )
    assert read_body(SetOrderStatusRequest, {"status": "returned", "restock": []}).restock_lines() == []


def test_restock_and_reason_are_refused_except_for_a_return() -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"status": "returned"}, "restock"),
        ({"status": "returned", "restock": [], "carrier": "DHL"}, "carrier"),
        ({"status": "delivered", "restock": []}, "restock"),
        ({"status": "delivered", "reason": "x"}, "reason"),
    ]

    wrong = [(body, field) for body, field in rows if field not in refused_fields(SetOrderStatusRequest, body)]

    assert wrong == []


def test_return_is_refused_when_a_product_has_two_lines() -> None:
    body = {"status": "returned", "restock": [{"product_id": 5, "quantity": 600}] * 2}

    with pytest.raises(InvalidInput, match=r"restock"):
        read_body(SetOrderStatusRequest, body).restock_lines()


def test_corrected_shipment_has_a_carrier_or_a_number() -> None:
    bodies: list[dict[str, Any]] = [{"carrier": "DHL"}, {"tracking_number": "1"}, {"carrier": "DHL", "version": 3}]

    assert [read_body(CorrectShipmentRequest, body).model_dump(exclude_unset=True) for body in bodies] == bodies
    assert "tracking_number" in body_problems(CorrectShipmentRequest, {"version": 3})


def test_shipment_has_carrier_and_number_and_delivery_need_not() -> None:
    shipped = {"status": "shipped", "carrier": " DHL ", "tracking_number": "00340434"}

    assert read_body(SetOrderStatusRequest, shipped).model_dump(exclude_unset=True) == {**shipped, "carrier": "DHL"}
    assert read_body(SetOrderStatusRequest, {"status": "delivered"}).carrier is None


def test_status_change_names_its_wrong_field() -> None:
    rows = [
        ({"status": "shipped"}, "carrier"),
        ({"status": "shipped", "carrier": "DHL"}, "tracking_number"),
        ({"status": "shipped", "tracking_number": "1"}, "carrier"),
        ({"status": "delivered", "carrier": "DHL"}, "carrier"),
        ({"status": "delivered", "tracking_number": "1"}, "tracking_number"),
        ({"status": "shipped", "carrier": "a" * 65, "tracking_number": "1"}, "carrier"),
        ({"status": "shipped", "carrier": "DHL", "tracking_number": ""}, "tracking_number"),
        ({"status": "cancelled"}, "status"),
        ({"status": "confirmed"}, "status"),
        ({}, "status"),
    ]

    expected = [(body, [field]) for body, field in rows]
    assert wrong_answers(partial(refused_fields, SetOrderStatusRequest), expected) == []
