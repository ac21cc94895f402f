"""Lists of listings and their facets; Shop.ask validates every response against docs/openapi.yaml."""

import uuid

import pytest

from tests.support.listings import GivenVariant, put_brand, put_category, put_listing
from tests.support.shop import Shop


@pytest.fixture
def category(shop: Shop) -> int:
    """A category with two shirts of a brand: a red one in two sizes, and a blue one that is sold out."""
    category_id = put_category(shop.database, f"Shirts {uuid.uuid4().hex}")
    brand_id = put_brand(shop.database, f"Brand of {category_id}")
    red = [GivenVariant("color=red;size=m", 1000), GivenVariant("color=red;size=s", 1500)]
    for name, variants in (("Red shirt", red), ("Blue shirt", [GivenVariant("color=blue;size=m", 3000, stock=0)])):
        names = {"en": name, "zh": f"{name} 中文"}
        put_listing(shop.database, names=names, variants=variants, category_ids=[category_id], brand_id=brand_id)
    return category_id


def test_a_list_shows_its_listings_in_the_language_of_the_request(shop: Shop, category: int) -> None:
    query = {"category": category, "option.color": ["red", "green"], "option.size": "s", "count": "true"}

    answer = shop.ask("GET", "/listings", query=query, headers={"Accept-Language": "zh-CN"})

    [item] = answer.json()["items"]
    assert (item["name"], item["min_price"], item["max_price"], item["variants"]) == (
        "Red shirt 中文", "10.00", "15.00", 2,
    )  # fmt: skip
    assert answer.json()["count"] == {"value": 1, "exact": True}
    assert answer.headers["Content-Language"] == "zh"
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_parameter_language_overrides_the_header(shop: Shop, category: int) -> None:
    query = {"category": category, "language": "en", "in_stock": "true"}

    answer = shop.ask("GET", "/listings", query=query, headers={"Accept-Language": "zh"})

    assert [item["name"] for item in answer.json()["items"]] == ["Red shirt"]
    assert answer.headers["Content-Language"] == "en"


@pytest.mark.parametrize("sort", ["newest", "price", "-price", "name"])
def test_the_second_page_of_every_sort_repeats_no_listing(shop: Shop, category: int, sort: str) -> None:
    query = {"sort": sort, "limit": 1, "category": category}
    first = shop.ask("GET", "/listings", query=query).json()

    second = shop.ask("GET", "/listings", query={**query, "cursor": first["next_cursor"]}).json()

    assert len({item["id"] for page in (first, second) for item in page["items"]}) == 2
    assert second["next_cursor"] is None


def test_a_cursor_of_another_list_is_refused(shop: Shop, category: int) -> None:
    query = {"limit": 1, "category": category}
    cursor = shop.ask("GET", "/listings", query=query).json()["next_cursor"]

    for other in ({"sort": "price"}, {"language": "zh"}, {"in_stock": "true"}, {"option.color": "red"}):
        answer = shop.ask("GET", "/listings", query={**query, **other, "cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor"), other


def test_invalid_filters_are_refused_by_name(shop: Shop) -> None:
    refused = {
        "category": "No Category",
        "brand": "0",
        "option.Color": "red",
        "option.size": "M",
        "min_price": "1.999",
        "max_price": "x",
        "in_stock": "maybe",
        "language": "fr",
        "q": " ",
    }

    for path in ("/listings", "/facets"):
        answer = shop.ask_unchecked("GET", path, query=refused)
        assert answer.status_code == 400
        assert {error["field"] for error in answer.json()["errors"]} == set(refused), path


def test_a_list_says_which_words_of_a_search_were_corrected(shop: Shop) -> None:
    shop.product(name="Quetzalcoatl mug")

    wrong = shop.ask("GET", "/listings", query={"q": "quetzalcoatll"}).json()
    right = shop.ask("GET", "/listings", query={"q": "quetzalcoatl"}).json()

    assert wrong["corrections"] == [{"word": "quetzalcoatll", "searched": ["quetzalcoatl"]}]
    assert ([item["name"] for item in wrong["items"]], wrong["items"]) == (["Quetzalcoatl mug"], right["items"])
    assert right["corrections"] == []


def test_only_searches_are_sorted_by_relevance(shop: Shop) -> None:
    answer = shop.ask("GET", "/listings", query={"sort": "relevance"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "sort")


def test_facets_count_each_choice_without_its_own_filter(shop: Shop, category: int) -> None:
    answer = shop.ask("GET", "/facets", query={"category": category, "option.color": "red"})

    facets = answer.json()
    counts = {
        each["code"]: {value["code"]: value["listings"] for value in each["values"]} for each in facets["options"]
    }
    assert (facets["listings"], facets["exact"]) == (1, True)
    assert counts == {"color": {"red": 1, "blue": 1}, "size": {"m": 1, "s": 1}}
    assert facets["in_stock"] == [{"value": True, "listings": 1}]
    assert answer.headers["Content-Language"] == "en"


def test_facets_come_from_the_cache_for_a_minute(shop: Shop, category: int) -> None:
    query = {"category": category, "in_stock": "true"}
    first = shop.ask("GET", "/facets", query=query)

    put_listing(shop.database, category_ids=[category])
    second, other = (shop.ask("GET", "/facets", query={**query, **more}) for more in ({}, {"max_price": "100"}))

    assert (first.json()["listings"], second.json()["listings"], other.json()["listings"]) == (1, 1, 2)
