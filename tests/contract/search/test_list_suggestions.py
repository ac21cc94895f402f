"""GET /api/v1/suggestions; Shop.ask validates every response against docs/openapi.yaml."""

from itertools import count

import pytest

from tests.support.search_index import put_listing
from tests.support.shop import Shop

_NUMBERS = count(1)


@pytest.fixture
def listing_id(shop: Shop) -> int:
    """A listing with a name in both languages."""
    listing_id = 10_000 + next(_NUMBERS)
    put_listing(shop.database, listing_id, {"en": "Zanzibar lantern", "zh": "桑给巴尔灯笼"})
    return listing_id


def test_suggestions_complete_a_search_and_show_what_it_finds(shop: Shop, listing_id: int) -> None:
    answer = shop.ask("GET", "/suggestions", query={"q": "zanzibar lan"})

    assert (answer.status_code, answer.headers["Content-Language"]) == (200, "en")
    assert answer.json()["completions"] == ["zanzibar lantern"]
    assert answer.json()["listings"][0] == {
        "id": listing_id,
        "slug": f"listing-{listing_id}",
        "name": "Zanzibar lantern",
    }


def test_suggestions_are_in_the_language_of_the_client(shop: Shop, listing_id: int) -> None:
    by_header = shop.ask("GET", "/suggestions", query={"q": "桑给"}, headers={"Accept-Language": "zh-CN"})
    by_parameter = shop.ask("GET", "/suggestions", query={"q": "桑给", "language": "zh"})

    assert by_header.json() == by_parameter.json()
    assert by_header.json()["completions"] == ["桑给巴尔灯笼"]
    assert by_header.json()["listings"][0]["name"] == "桑给巴尔灯笼"
    assert (by_header.headers["Content-Language"], "Accept-Language" in by_header.headers["Vary"]) == ("zh", True)


def test_nothing_is_suggested_for_what_nothing_can_match(shop: Shop, listing_id: int) -> None:
    for text in ("☕", "+*()", "qqqqqq", None):
        assert shop.ask("GET", "/suggestions", query={"q": text} if text else None).json() == {
            "completions": [],
            "listings": [],
        }, text


def test_a_search_that_is_too_long_or_in_an_unknown_language_is_refused(shop: Shop) -> None:
    for name, value in (("q", "x" * 101), ("q", ""), ("language", "fr")):
        answer = shop.ask("GET", "/suggestions", query={name: value})

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)
