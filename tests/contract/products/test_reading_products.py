"""What the catalogue's readers are answered is what the description says; Shop.ask checks every answer against it."""

import json
import re
import uuid

import pytest

from tests.support.shop import Shop
from tests.support.templates import ROOT

UNUSED_ID = 2**62


def test_a_list_answers_200_and_goes_on_page_by_page_to_its_end(shop: Shop) -> None:
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
def test_every_sort_goes_on_with_its_cursor(shop: Shop, sort: str) -> None:
    query = {"sort": sort, "limit": 3, "in_stock": "true", "q": "co"}
    first = shop.ask("GET", "/products", query=query).json()

    second = shop.ask("GET", "/products", query={**query, "cursor": first["next_cursor"]}).json()

    assert second["items"]
    assert {item["id"] for item in first["items"]}.isdisjoint(item["id"] for item in second["items"])


def test_a_list_that_finds_nothing_answers_200_with_no_items(shop: Shop) -> None:
    answer = shop.ask("GET", "/products", query={"category": "no such category"})

    assert answer.json() == {"items": [], "next_cursor": None, "count": None}


def test_a_page_shows_summaries_of_the_longest_descriptions(shop: Shop) -> None:
    category = uuid.uuid4().hex
    for _ in range(100):
        shop.product(category=category, description="\U0001f600 " * 5000)

    answer = shop.ask("GET", "/products", query={"category": category, "limit": 100})

    assert {item["summary"] for item in answer.json()["items"]} == {"\U0001f600 " * 149 + "\U0001f600…"}
    assert len(answer.json()["items"]) == 100


def test_the_sample_of_the_product_list_finds_products_of_the_demo_data(shop: Shop) -> None:
    sample = json.loads((ROOT / "events" / "list_products.json").read_text(encoding="utf-8"))

    answer = shop.ask("GET", "/products", query=sample["queryStringParameters"])

    assert answer.json()["items"]


def test_categories_answer_200_and_count_every_product_once(shop: Shop) -> None:
    answer = shop.ask("GET", "/products/categories")

    assert answer.status_code == 200
    assert sum(item["products"] for item in answer.json()["items"]) == _listed(shop)


def test_a_product_answers_200_and_then_304_to_who_has_it(shop: Shop) -> None:
    first = shop.ask("GET", "/products/1")

    second = shop.ask("GET", "/products/1", headers={"If-None-Match": f'"old", W/{first.headers["ETag"]}'})

    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]


def test_a_product_that_is_not_there_answers_404_from_database_and_cache(shop: Shop) -> None:
    answers = [shop.ask("GET", f"/products/{UNUSED_ID}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_health_answers_200(shop: Shop) -> None:
    assert shop.ask("GET", "/health").json() == {"status": "ok", "database": "ok", "redis": "ok"}


def test_the_clients_request_id_comes_back_if_it_is_short_and_plain(shop: Shop) -> None:
    sent = ["mine-17", "no blanks", "x" * 65, "Ä"]

    answers = [shop.ask("GET", "/health", headers={"X-Request-Id": name.encode()}) for name in sent]  # type: ignore[dict-item]

    assert answers[0].headers["X-Request-Id"] == "mine-17"
    assert all(re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-Id"]) for answer in answers[1:])


def _listed(shop: Shop) -> int:
    """The number of products on sale in the shop's currency."""
    [row] = shop.database.rows("SELECT COUNT(*) AS listed FROM products WHERE NOT archived AND currency = 'USD'")
    return int(row["listed"])
