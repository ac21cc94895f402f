"""Addresses, lists, times and absent values have one form everywhere: decisions 59, 63 and 64."""

from typing import Any

from tests.support.api_description import operations
from tests.support.described_shapes import RECEIVED, SCHEMAS, SENT, answers_of, component_of
from tests.support.shop import Customer, Shop

# Fields that may be absent; the description has the reason of each.
_MAY_BE_ABSENT = {
    "OrderAddress": {"street2", "city", "region", "postal_code", "phone"},  # as it was sent
    "OrderPayments": {"ledger"},  # for admins
    "Problem": {"help", "status", "errors", "prices"},
}


def test_an_address_in_an_answer_has_lines_beside_it() -> None:
    schemas = {name: SCHEMAS[name] for name in SENT}
    with_lines = {name for name, schema in schemas.items() if "address_lines" in schema["properties"]}

    assert {name for name, schema in schemas.items() if "address" in schema["properties"]} == with_lines != set()
    for name in with_lines:
        assert schemas[name]["properties"]["address_lines"]["items"] == {"type": "string"}, name
        assert "address_lines" in schemas[name]["required"], name


def test_an_address_is_sent_as_an_object_or_for_an_order_as_text() -> None:
    sent = {name: field for name in RECEIVED if (field := SCHEMAS[name]["properties"].get("address"))}
    forms = {
        name: [form.get("type", component_of(form)) for form in field.get("anyOf", [field])]
        for name, field in sent.items()
    }

    saved = {name: ["PostalAddress"] for name in ("AddAddressRequest", "ChangeAddressRequest")}
    assert forms == {"PlaceOrderRequest": ["string", "PostalAddress"], **saved}


# Staff look for one listing there, not for the number of them.
_UNCOUNTED = {"list_managed_listings"}


def test_every_list_has_items_and_a_paged_one_cursor_and_count() -> None:
    in_pages = {found.name for found in operations() if "cursor" in found.parameters("query")}
    with_limit = {found.name for found in operations() if found.parameters("query").keys() >= {"limit", "count"}}
    envelopes = {
        found.name: set(fields)
        for found in operations()
        for schema in answers_of(found)
        if (fields := SCHEMAS[component_of(schema)]["properties"].keys() & {"items", "next_cursor", "count"})
    }

    in_pages -= _UNCOUNTED
    assert in_pages == with_limit
    assert envelopes == {
        **{name: {"items", "next_cursor", "count"} for name in in_pages},
        **{name: {"items", "next_cursor"} for name in _UNCOUNTED},
        "list_categories": {"items"},
        **{name: {"items"} for name in ("list_all_categories", "get_category_tree")},
        "list_sessions": {"items"},
        "list_data_exports": {"items"},
        "list_staff": {"items"},
        "list_roles": {"items"},
        "get_order_history": {"items"},
        **{name: {"items"} for name in ("list_staff", "list_roles", "list_api_keys", "list_order_notes")},
        **{name: {"items"} for name in ("list_dead_letter_queues", "list_dead_letters")},
        "list_invitations": {"items"},
        **{name: {"items"} for name in ("change_prices", "change_stock")},
        "list_addresses": {"items"},
        "search_customers": {"items", "next_cursor"},  # its cursor is in the body
        "create_export": {"next_cursor"},  # of the next file
    }
    for found in operations():
        for schema in answers_of(found):
            assert set(SCHEMAS[component_of(schema)]["required"]) >= envelopes.get(found.name, set()), found.name


def test_a_field_without_a_value_is_null_and_not_absent() -> None:
    optional = {name: SCHEMAS[name]["properties"].keys() - set(SCHEMAS[name]["required"]) for name in SENT}

    assert {name: fields for name, fields in optional.items() if fields} == _MAY_BE_ABSENT


def test_every_page_counts_the_whole_list(shop: Shop, customer: Customer) -> None:
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


def test_an_order_shows_its_address_in_lines_in_either_form(shop: Shop, customer: Customer) -> None:
    fields = {"recipient": "Ada", "street": "1 High St", "city": "London", "postal_code": "sw1y4jh", "country": "gb"}
    lines = ["Ada", "1 High St", "London", "SW1Y 4JH", "UNITED KINGDOM"]

    for address in (fields, "\n".join(lines)):
        order_id = shop.order(customer, shop.product(), address=address)
        order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()

        assert order["address_lines"] == lines
    assert shop.ask("GET", "/orders", by=customer).json()["items"][0] == order


def test_names_ending_in_at_belong_to_times_and_to_nothing_else() -> None:
    fields = {
        f"{name}.{field}": "date-time" in (schema.get("format"), SCHEMAS.get(component_of(schema), {}).get("format"))
        for name in (*SENT, *RECEIVED)
        for field, schema in SCHEMAS[name]["properties"].items()
    }

    named = {each for each in fields if each.endswith(("_at", ".respond_by"))}
    assert named == {each for each, holds_a_time in fields.items() if holds_a_time} != set()
