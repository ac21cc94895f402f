"""Ids, money, addresses and lists have one form in every operation: docs/decisions/0059-shapes-that-clients-read.md."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_description import Operation, description, operations, resolved
from tests.support.shop import Customer, Shop

type Schema = dict[str, Any]

SCHEMAS: dict[str, Schema] = description()["components"]["schemas"]
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
_NAMES_OF_MONEY = re.compile(
    "(^|_)(price|amount|total|subtotal|shipping|tax|fee|paid|captured|refunded|refundable|refund)$"
)


def _component(schema: Schema) -> str:
    """The name of the component that the schema refers to, or of the one beside null."""
    references = [each["$ref"] for each in (schema, *schema.get("anyOf", ())) if "$ref" in each]
    return references[0].rpartition("/")[2] if references else ""


def _answers(found: Operation) -> Iterator[Schema]:
    """The schemas of the bodies of success."""
    for status, answer in found.description["responses"].items():
        if status.startswith("2"):
            yield from (content["schema"] for content in resolved(answer).get("content", {}).values())


def _bodies(found: Operation) -> Iterator[dict[str, Any]]:
    content: dict[str, Any] = found.description.get("requestBody", {}).get("content", {})
    yield from content.values()


def _components_of(schema: Schema, seen: set[str]) -> Iterator[str]:
    """The names of all object components that a schema is made of."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        if "properties" in SCHEMAS[name]:
            yield name
        yield from _components_of(SCHEMAS[name], seen)
    for part in (*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _components_of(part, seen)
    if "items" in schema:
        yield from _components_of(schema["items"], seen)


def _sent_by_the_shop() -> list[str]:
    """The names of the objects in answers, those of problems included."""
    seen = set[str]()
    found = [name for each in operations() for schema in _answers(each) for name in _components_of(schema, seen)]
    return sorted([*found, *_components_of({"$ref": "#/components/schemas/Problem"}, seen)])


SENT = _sent_by_the_shop()
RECEIVED = sorted(
    name
    for seen in [set[str]()]
    for each in operations()
    for body in _bodies(each)
    for name in _components_of(body["schema"], seen)
    if name != "StripeEvent"
)


@pytest.mark.parametrize("found", operations(), ids=lambda found: found.name)
def test_a_resource_has_its_id_as_id(found: Operation) -> None:
    for schema in _answers(found):
        name = _component(schema)
        fields = SCHEMAS[name]["properties"]

        assert fields.get("id") == ID if name not in WITHOUT_ID else "id" not in fields
        assert not WITHOUT_ID.get(name) or WITHOUT_ID[name] in fields


@pytest.mark.parametrize("name", SENT)
def test_a_part_of_a_list_has_an_id_or_another_field_that_identifies_it(name: str) -> None:
    for field in SCHEMAS[name]["properties"].values():
        part = _component(field["items"]) if "items" in field else ""
        if part in SENT:
            fields = SCHEMAS[part]["properties"]

            assert IDENTIFIED_OTHERWISE.get(part, "id") in fields, part
            assert ("id" in fields) == (part not in IDENTIFIED_OTHERWISE), part


@pytest.mark.parametrize("name", [*SENT, *RECEIVED])
def test_a_field_is_named_after_an_id_exactly_if_it_holds_one(name: str) -> None:
    fields = {field: schema for field, schema in SCHEMAS[name]["properties"].items() if field != "request_id"}

    named = {field for field in fields if field == "id" or field.endswith("_id")}

    assert named == {field for field, schema in fields.items() if _component(schema) == "Id"}


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
    money = {field for field, schema in fields.items() if _component(schema) == "Money"}

    assert money == {field for field in fields if _NAMES_OF_MONEY.search(field)}
    assert not [field for field, schema in fields.items() if schema.get("type") == "number" or field.endswith("_minor")]
    assert not money or ("currency" in fields) == (name not in IN_THE_CURRENCY_AROUND)


@pytest.mark.parametrize("name", RECEIVED)
def test_money_in_a_request_is_a_string_or_a_number(name: str) -> None:
    fields = SCHEMAS[name]["properties"]

    assert {field for field, schema in fields.items() if _component(schema) == "SentAmount"} == {
        field for field in fields if _NAMES_OF_MONEY.search(field)
    }


def test_money_in_a_query_has_the_form_that_it_has_in_a_body() -> None:
    parameters = [
        parameter for found in operations() for parameter in map(resolved, found.description.get("parameters", []))
    ]

    money = [parameter["schema"] for parameter in parameters if _NAMES_OF_MONEY.search(parameter["name"])]

    assert money == [AMOUNT] * 4
    assert SCHEMAS["SentAmount"]["anyOf"][0] == AMOUNT


@pytest.mark.parametrize("found", operations(), ids=lambda found: found.name)
def test_examples_send_money_as_strings(found: Operation) -> None:
    for body in _bodies(found):
        for name, example in body["examples"].items():
            sent = {field: value for field, value in example["value"].items() if _NAMES_OF_MONEY.search(field)}

            assert all(isinstance(value, str) for value in sent.values()), (name, sent)


@pytest.mark.parametrize("name", SENT)
def test_an_address_is_shown_in_lines_too(name: str) -> None:
    fields = SCHEMAS[name]["properties"]

    assert ("address" in fields) == ("address_lines" in fields)
    if "address" in fields:
        assert fields["address_lines"]["items"] == {"type": "string"}
        assert "address_lines" in SCHEMAS[name]["required"]


@pytest.mark.parametrize("name", RECEIVED)
def test_an_address_is_sent_as_an_object_or_as_text(name: str) -> None:
    address = SCHEMAS[name]["properties"].get("address", {})

    assert not address or [each.get("type", _component(each)) for each in address["anyOf"]] == [
        "string",
        "PostalAddress",
    ]


@pytest.mark.parametrize("found", operations(), ids=lambda found: found.name)
def test_a_list_has_items_and_its_pages_a_cursor_and_a_count(found: Operation) -> None:
    query = found.parameters("query")
    in_pages = "cursor" in query

    assert in_pages == ("limit" in query) == ("count" in query)
    for schema in _answers(found):
        answer = SCHEMAS[_component(schema)]
        envelope = answer["properties"].keys() & {"items", "next_cursor", "count"}

        assert (envelope == {"items", "next_cursor", "count"}) == in_pages
        assert in_pages or found.name == "create_export" or envelope <= {"items"}
        assert set(answer["required"]) >= envelope


@pytest.mark.parametrize("name", SENT)
def test_a_field_without_a_value_is_null_and_there(name: str) -> None:
    """Those that may be absent are declared here, each with its reason in the description."""
    may_be_absent = {
        "OrderAddress": {"street2", "city", "region", "postal_code", "phone"},  # as it was sent
        "OrderPayments": {"ledger"},  # for admins
        "Problem": {"help", "status", "errors", "prices"},
    }

    absent = SCHEMAS[name]["properties"].keys() - set(SCHEMAS[name]["required"])

    assert absent == may_be_absent.get(name, set())


def test_a_count_is_that_of_the_whole_list_on_every_page(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(category="Counted", stock=99)
    shop.product(category="Counted")
    for _ in range(3):
        shop.order(customer, product_id)

    def counts(path: str, by: Customer | None = None, **query: str) -> list[Any]:
        first = shop.ask("GET", path, by=by, query={**query, "limit": "1"}).json()
        return [
            first["count"],
            *(
                shop.ask("GET", path, by=by, query={**query, "count": "true", "limit": "1", **more}).json()["count"]
                for more in ({}, {"cursor": first["next_cursor"]})
            ),
            shop.ask("GET", path, by=by, query={**query, "count": "true"}).json()["count"],
        ]

    assert counts("/products", category="Counted") == [None, *[{"value": 2, "exact": True}] * 3]
    assert counts("/orders", customer) == [None, *[{"value": 3, "exact": True}] * 3]
    assert counts("/orders", customer, status="pending") == [None, *[{"value": 3, "exact": True}] * 3]


def test_an_order_shows_its_address_in_lines_however_it_was_sent(shop: Shop, customer: Customer) -> None:
    fields = {"recipient": "Ada", "street": "1 High St", "city": "London", "postal_code": "sw1y4jh", "country": "gb"}
    lines = ["Ada", "1 High St", "London", "SW1Y 4JH", "UNITED KINGDOM"]

    for address in (fields, "\n".join(lines)):
        order_id = shop.order(customer, shop.product(), address=address)
        order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()

        assert order["address_lines"] == lines
    assert shop.ask("GET", "/orders", by=customer).json()["items"][0] == order
