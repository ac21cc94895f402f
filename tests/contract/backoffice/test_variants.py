"""Staff list variants and change many of them at once. Shop.ask validates every response against docs/openapi.yaml."""

from typing import Any

import pytest

from tests.support.answers import refusal, refused_fields
from tests.support.shop import Customer, Shop


def _listed(shop: Shop, admin: Customer, **query: Any) -> list[dict[str, Any]]:
    return list(shop.ask("GET", "/admin/variants", by=admin, query=query).json()["items"])


def test_list_shows_a_variant_with_its_listing_and_its_stock(shop: Shop, admin: Customer) -> None:
    product = shop.product(name="Kettle", stock=3, price_minor=1990, low_stock_threshold=10)
    sku = shop.ask("GET", f"/products/{product}").json()["sku"]

    [found] = _listed(shop, admin, sku=sku)

    assert (found["id"], found["listing_name"], found["state"]) == (product, "Kettle", "on_sale")
    assert (found["price"], found["stock"], found["low_stock_threshold"], found["is_low"]) == ("19.90", 3, 10, True)
    assert found in _listed(shop, admin, listing_id=found["listing_id"], state="on_sale")
    assert found in _listed(shop, admin, low_stock="true")


def test_pages_continue_where_the_last_one_ended(shop: Shop, admin: Customer) -> None:
    products = [shop.product(stock=1, low_stock_threshold=5) for _ in range(3)]

    first = shop.ask("GET", "/admin/variants", by=admin, query={"low_stock": "true", "limit": "2", "count": "true"})
    cursor = first.json()["next_cursor"]
    rest = _listed(shop, admin, low_stock="true", limit="1", cursor=cursor)

    assert [item["id"] for item in [*first.json()["items"], *rest]] == products[::-1]
    assert first.json()["count"]["value"] >= 3


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"state": "archived"}, ["state"]),
        ({"low_stock": "yes"}, ["low_stock"]),
        ({"low_stock": "true", "state": "off_sale"}, ["low_stock"]),
        ({"listing_id": "0"}, ["listing_id"]),
        ({"cursor": "x"}, ["cursor"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_wrong_filters_are_named(shop: Shop, admin: Customer, query: dict[str, str], fields: list[str]) -> None:
    answer = shop.ask("GET", "/admin/variants", by=admin, query=query)

    assert refused_fields(answer) == fields


def test_bulk_prices_change_products_and_listings_at_once(shop: Shop, admin: Customer) -> None:
    first, second = shop.product(price_minor=1000), shop.product(price_minor=2000)
    versions = {each: shop.ask("GET", f"/products/{each}").json()["version"] for each in (first, second)}
    changes = [{"id": each, "price": "7.50", "version": versions[each]} for each in (second, first)]

    answer = shop.ask("POST", "/admin/variants/prices", by=admin, json={"changes": changes})

    assert [item["id"] for item in answer.json()["items"]] == [second, first]
    assert [shop.ask("GET", f"/products/{each}").json()["price"] for each in (first, second)] == ["7.50", "7.50"]
    again = shop.ask("POST", "/admin/variants/prices", by=admin, json={"changes": changes})
    assert refusal(again) == (409, "changes-refused")
    assert refused_fields(again, 409) == ["changes.0.version", "changes.1.version"]


def test_bulk_stock_changes_all_or_nothing(shop: Shop, admin: Customer) -> None:
    first, second = shop.product(stock=5), shop.product(stock=1)
    body = {"changes": [{"id": first, "delta": -2}, {"id": second, "delta": 4}], "reason": "counted"}

    answer = shop.ask("POST", "/admin/variants/stock", by=admin, json=body)
    too_many = {**body, "changes": [{"id": first, "delta": 1}, {"id": second, "delta": -6}]}
    refused = shop.ask("POST", "/admin/variants/stock", by=admin, json=too_many)

    assert answer.json() == {"items": [{"id": first, "stock": 3}, {"id": second, "stock": 5}]}
    assert refused_fields(refused, 409) == ["changes.1.delta"]
    assert [shop.ask("GET", f"/products/{each}").json()["stock"] for each in (first, second)] == [3, 5]


@pytest.mark.parametrize(("path", "change"), [("prices", {"price": "1.00", "version": 1}), ("stock", {"delta": 1})])
def test_repeated_bulk_change_with_its_key_has_one_effect(
    shop: Shop, admin: Customer, path: str, change: dict[str, Any]
) -> None:
    product = shop.product(stock=5)
    version = shop.ask("GET", f"/products/{product}").json()["version"]
    change = {"id": product, **change, **({"version": version} if path == "prices" else {})}
    body = {"changes": [change], **({"reason": "found"} if path == "stock" else {})}

    first, again = (
        shop.ask(
            "POST", f"/admin/variants/{path}", by=admin, json=body, headers={"Idempotency-Key": f"{path}-{product}"}
        )
        for _ in range(2)
    )

    assert (first.status_code, first.json()) == (200, again.json())
    assert shop.ask("GET", f"/products/{product}").json()["stock"] == (6 if path == "stock" else 5)


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("prices", {"changes": []}, ["changes"]),
        ("prices", {"changes": [{"id": 1, "price": "1.00", "version": 1}] * 201}, ["changes"]),
        ("prices", {"changes": [{"id": 1, "price": "1.00"}]}, ["changes.0.version"]),
        ("prices", {"changes": [{"id": 1, "price": "1.999", "version": 1}]}, ["changes.0.price"]),
        ("prices", {"changes": [{"id": 1, "price": "1", "version": 1}] * 2}, ["changes.1.id"]),
        ("prices", {"changes": [{"id": 999_999_999, "price": "1", "version": 1}]}, ["changes.0.id"]),
        ("stock", {"changes": [{"id": 1, "delta": 1}]}, ["reason"]),
        ("stock", {"changes": [{"id": 1, "delta": 0}], "reason": "x"}, ["changes.0.delta"]),
        ("stock", {"changes": [{"id": 1, "delta": -1}], "reason": "x", "kind": "received"}, ["changes.0.delta"]),
        ("stock", {"changes": [{"id": 1, "delta": 1}] * 2, "reason": "x"}, ["changes.1.id"]),
        ("stock", {"changes": [{"id": 999_999_999, "delta": 1}], "reason": "x"}, ["changes.0.id"]),
    ],
)
def test_wrong_changes_are_named(
    shop: Shop, admin: Customer, path: str, body: dict[str, Any], fields: list[str]
) -> None:
    answer = shop.ask("POST", f"/admin/variants/{path}", by=admin, json=body)

    assert refused_fields(answer) == fields
