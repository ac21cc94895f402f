"""Addresses, lists, times and absent values have one form everywhere: decisions 59, 63 and 64."""

from typing import Any

import pytest

from tests.support.api_description import Operation, operations
from tests.support.described_shapes import RECEIVED, SCHEMAS, SENT, answers_of, component_of
from tests.support.shop import Customer, Shop


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

    assert not address or [each.get("type", component_of(each)) for each in address["anyOf"]] == [
        "string",
        "PostalAddress",
    ]


@pytest.mark.parametrize("found", operations(), ids=lambda found: found.name)
def test_a_list_has_items_and_its_pages_a_cursor_and_a_count(found: Operation) -> None:
    query = found.parameters("query")
    in_pages = "cursor" in query

    assert in_pages == ("limit" in query) == ("count" in query)
    for schema in answers_of(found):
        answer = SCHEMAS[component_of(schema)]
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


@pytest.mark.parametrize("name", [*SENT, *RECEIVED])
def test_a_field_is_a_time_exactly_if_its_name_says_so(name: str) -> None:
    fields = SCHEMAS[name]["properties"]

    times = {field for field, schema in fields.items() if field.endswith("_at") or field == "respond_by"}

    assert times == {
        field
        for field, schema in fields.items()
        if "date-time" in (schema.get("format"), SCHEMAS.get(component_of(schema), {}).get("format"))
    }
