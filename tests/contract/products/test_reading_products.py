"""Everybody reads the catalogue; Shop.ask checks each answer against the description."""

import json
import re
import uuid

import pytest

from tests.support.shop import Shop
from tests.support.templates import ROOT

_UNUSED_ID = 2**62


def test_the_pages_of_the_list_hold_every_product_once(shop: Shop) -> None:
    seen, cursor = list[int](), None
    while True:
        page = shop.ask("GET", "/products", query={"limit": 75, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == _listed(shop)
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("sort", ["newest", "price", "-price", "name"])
def test_the_second_page_of_every_sort_repeats_no_product(shop: Shop, sort: str) -> None:
    query = {"sort": sort, "limit": 3, "in_stock": "true", "q": "co"}
    first = shop.ask("GET", "/products", query=query).json()

    second = shop.ask("GET", "/products", query={**query, "cursor": first["next_cursor"]}).json()

    assert second["items"]
    assert {item["id"] for item in first["items"]}.isdisjoint(item["id"] for item in second["items"])


def test_a_list_without_matches_answers_200_with_no_items(shop: Shop) -> None:
    answer = shop.ask("GET", "/products", query={"category": "no such category"})

    assert answer.json() == {"items": [], "next_cursor": None, "count": None}


def test_a_page_of_100_long_descriptions_shows_their_summaries(shop: Shop) -> None:
    category = uuid.uuid4().hex
    for _ in range(100):
        shop.product(category=category, description="\U0001f600 " * 5000)

    answer = shop.ask("GET", "/products", query={"category": category, "limit": 100})

    assert {item["summary"] for item in answer.json()["items"]} == {"\U0001f600 " * 149 + "\U0001f600…"}
    assert len(answer.json()["items"]) == 100


def test_the_sample_event_of_the_product_list_finds_demo_products(shop: Shop) -> None:
    sample = json.loads((ROOT / "events" / "list_products.json").read_text(encoding="utf-8"))

    answer = shop.ask("GET", "/products", query=sample["queryStringParameters"])

    assert answer.json()["items"]


def test_categories_are_found_and_sorted_regardless_of_case(shop: Shop) -> None:
    products = [shop.product(category=name) for name in ("Zebra Things", "apple things")]

    found = shop.ask("GET", "/products", query={"category": "ZEBRA  things"}).json()["items"]
    names = [item["category"] for item in shop.ask("GET", "/products/categories").json()["items"]]

    assert [item["id"] for item in found] == products[:1]
    assert names.index("apple things") < names.index("Zebra Things")


def test_the_categories_count_every_product_once(shop: Shop) -> None:
    shop.product()

    answer = shop.ask("GET", "/products/categories")

    assert answer.status_code == 200
    assert sum(item["products"] for item in answer.json()["items"]) == _listed(shop)


def test_a_product_answers_304_to_a_client_that_has_it(shop: Shop) -> None:
    first = shop.ask("GET", "/products/1")

    second = shop.ask("GET", "/products/1", headers={"If-None-Match": f'"old", W/{first.headers["ETag"]}'})

    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]


def test_an_unknown_product_answers_404_from_database_and_cache(shop: Shop) -> None:
    answers = [shop.ask("GET", f"/products/{_UNUSED_ID}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_health_answers_200(shop: Shop) -> None:
    assert shop.ask("GET", "/health").json() == {"status": "ok", "database": "ok", "redis": "ok"}


def test_a_short_plain_request_id_of_the_client_is_returned(shop: Shop) -> None:
    sent = ["mine-17", "no blanks", "x" * 65, "Ä"]

    answers = [shop.ask("GET", "/health", headers={"X-Request-Id": name.encode()}) for name in sent]  # type: ignore[dict-item]

    returned = [answer.headers["X-Request-Id"] for answer in answers]
    assert returned[0] == "mine-17"
    assert [each for each in returned[1:] if not re.fullmatch(r"[0-9a-f-]{36}", each)] == []


def _listed(shop: Shop) -> int:
    """The number of products on sale in the shop's currency."""
    [row] = shop.database.rows("SELECT COUNT(*) AS listed FROM products WHERE NOT archived AND currency = 'USD'")
    return int(row["listed"])
