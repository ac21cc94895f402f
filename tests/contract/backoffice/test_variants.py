"""Staff list variants and change many of them at once. Shop.ask validates every response against docs/openapi.yaml."""

from typing import Any

import pytest

from tests.support.answers import refused_fields
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
