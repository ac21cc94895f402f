"""Ids and money have one form in every operation: docs/decisions/0059-shapes-that-clients-read.md."""

import pytest

from tests.support.api_description import Operation, operations, resolved
from tests.support.described_shapes import NAMES_OF_MONEY, RECEIVED, SCHEMAS, SENT, answers_of, bodies_of, component_of
from tests.support.shop import Customer, Shop

ID, AMOUNT = ({"$ref": f"#/components/schemas/{name}"} for name in ("Id", "Amount"))
# Answers that are no resource: what identifies them, if anything does.
WITHOUT_ID = {
    "LoggedIn": "token",
    "ProductPage": "",
    "OrderPage": "",
    "CategoryList": "",
    "OrderHistory": "",
    "OrderPayments": "",
    "ExportCreated": "url",
    "WebhookReceived": "",
    "Healthy": "",
}
# Parts of lists that another field identifies within their list.
IDENTIFIED_OTHERWISE = {
    "OrderLine": "product_id",
    "OrderItem": "product_id",
    "LinePrice": "product_id",
    "HistoryEntry": "version",
    "Category": "category",
    "FieldProblem": "field",
}
# The order or the prices around a line have its currency.
IN_THE_CURRENCY_AROUND = {"OrderLine", "LinePrice"}


@pytest.mark.parametrize("found", operations(), ids=lambda found: found.name)
def test_a_resource_has_its_id_as_id(found: Operation) -> None:
    for schema in answers_of(found):
        name = component_of(schema)
        fields = SCHEMAS[name]["properties"]

        assert fields.get("id") == ID if name not in WITHOUT_ID else "id" not in fields
        assert not WITHOUT_ID.get(name) or WITHOUT_ID[name] in fields


@pytest.mark.parametrize("name", SENT)
def test_a_part_of_a_list_has_an_id_or_another_field_that_identifies_it(name: str) -> None:
    for field in SCHEMAS[name]["properties"].values():
        part = component_of(field["items"]) if "items" in field else ""
        if part in SENT:
            fields = SCHEMAS[part]["properties"]

            assert IDENTIFIED_OTHERWISE.get(part, "id") in fields, part
            assert ("id" in fields) == (part not in IDENTIFIED_OTHERWISE), part


@pytest.mark.parametrize("name", [*SENT, *RECEIVED])
def test_a_field_is_named_after_an_id_exactly_if_it_holds_one(name: str) -> None:
    fields = {field: schema for field, schema in SCHEMAS[name]["properties"].items() if field != "request_id"}

    named = {field for field in fields if field == "id" or field.endswith("_id")}

    assert named == {field for field, schema in fields.items() if component_of(schema) == "Id"}


def test_a_parameter_is_named_after_an_id_exactly_if_it_holds_one() -> None:
    parameters = [
        (parameter["name"], parameter["schema"].get("$ref"))
        for found in operations()
        for parameter in map(resolved, found.description.get("parameters", []))
        if not parameter.get("deprecated")
    ]

    named = {name for name, _ in parameters if name == "id" or name.endswith("_id")}

    assert named == {name for name, reference in parameters if reference == ID["$ref"]} == {"id", "user_id"}


def test_what_a_write_answers_has_one_id_under_both_names(shop: Shop, admin: Customer, customer: Customer) -> None:
    product = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": "19.99", "stock": 9}).json()
    stock = shop.ask("POST", f"/products/{product['id']}/stock", by=admin, json={"delta": 1, "reason": "found"}).json()
    body = {"product_id": product["id"], "quantity": 1, "address": "1 Main Street"}
    order = shop.ask("POST", "/orders", by=customer, json=body).json()
    payment = shop.ask("POST", f"/orders/{order['id']}/payment", by=customer).json()
    account = {"username": "Ada", "email": "ada-of-shapes@example.com", "password": "correct horse battery"}
    user = shop.ask("POST", "/users/register", json=account).json()

    assert product["id"] == product["product_id"] == stock["id"] == stock["product_id"]
    assert order["id"] == order["order_id"]
    assert payment["id"] == payment["payment_id"]
    assert user["id"] == user["user_id"]


def test_payments_refunds_and_entries_have_their_own_ids(shop: Shop, admin: Customer) -> None:
    order_id = shop.order(admin, shop.product())
    shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": "bank 1"})
    refund = shop.ask("POST", f"/orders/{order_id}/refunds", by=admin, json={"amount": "1.00"}).json()

    money = shop.ask("GET", f"/orders/{order_id}/payments", by=admin).json()

    [payment], entries = money["payments"], money["ledger"]
    assert payment["id"] == payment["payment_id"] == refund["payment_id"]
    assert [each["id"] for each in money["refunds"]] == [refund["id"]] == [refund["refund_id"]]
    assert sorted({entry["id"] for entry in entries}) == [entry["id"] for entry in entries]


@pytest.mark.parametrize("name", SENT)
def test_money_in_an_answer_is_a_decimal_string_beside_its_currency(name: str) -> None:
    fields = SCHEMAS[name]["properties"]
    money = {field for field, schema in fields.items() if component_of(schema) == "Money"}

    assert money == {field for field in fields if NAMES_OF_MONEY.search(field)}
    assert not [field for field, schema in fields.items() if schema.get("type") == "number" or field.endswith("_minor")]
    assert not money or ("currency" in fields) == (name not in IN_THE_CURRENCY_AROUND)


@pytest.mark.parametrize("name", RECEIVED)
def test_money_in_a_request_is_a_string_or_a_number(name: str) -> None:
    fields = SCHEMAS[name]["properties"]

    assert {field for field, schema in fields.items() if component_of(schema) == "SentAmount"} == {
        field for field in fields if NAMES_OF_MONEY.search(field)
    }


def test_money_in_a_query_has_the_form_that_it_has_in_a_body() -> None:
    parameters = [
        parameter for found in operations() for parameter in map(resolved, found.description.get("parameters", []))
    ]

    money = [parameter["schema"] for parameter in parameters if NAMES_OF_MONEY.search(parameter["name"])]

    assert money == [AMOUNT] * 4
    assert SCHEMAS["SentAmount"]["anyOf"][0] == AMOUNT


@pytest.mark.parametrize("found", operations(), ids=lambda found: found.name)
def test_examples_send_money_as_strings(found: Operation) -> None:
    for body in bodies_of(found):
        for name, example in body["examples"].items():
            sent = {field: value for field, value in example["value"].items() if NAMES_OF_MONEY.search(field)}

            assert all(isinstance(value, str) for value in sent.values()), (name, sent)
