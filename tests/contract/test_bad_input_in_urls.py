"""Bad paths and query parameters over HTTP: a 4xx problem that names what is wrong, or an answer; never a 500."""

import pytest

from tests.support.hostile_text import EMOJI, OPERATORS, shortened
from tests.support.raw_http import exchange
from tests.support.shop import Shop

PATH_IDS = [
    *("0", "-1", "+1", "01", "1.0", "1e3", "0x1", "1_000", "%201", "1%20", "1%00", "%00", "1%0A", "%31"),
    *("9223372036854775808", "9" * 30, "9" * 4000, "%2e%2e"),
    *("abc", "null", "undefined", "NaN", "*", "1;2", "1,2", "1'", "1%27%20OR%201=1--"),
    *("%EF%BC%91", "%D9%A1", "%F0%9F%91%8D", "%FF", "%ED%A0%80", "%", "%zz", "%252e", "{id}", "$%7Bid%7D"),
]  # fmt: skip
# A query of the product list, and the parameter that the answer must name.
QUERIES: dict[str, str] = {
    "q=": "q",
    "q": "q",
    "q=%20": "q",
    "q=%2B-%2A%22%28%29%3C%3E~%40": "q",
    "q=%00": "q",
    "q=coffee%00": "q",
    "q=%FF": "q",
    f"q={'x' * 101}": "q",
    f"q={'x' * 7000}": "q",
    "q=%F0%9F%9B%92": "q",
    "category=": "category",
    "category=%00": "category",
    f"category={'x' * 65}": "category",
    "min_price=": "min_price",
    "min_price=-1": "min_price",
    "min_price=1e3": "min_price",
    "min_price=1,50": "min_price",
    "min_price=1.999": "min_price",
    "min_price=.5": "min_price",
    "min_price=NaN": "min_price",
    "min_price=%D9%A1": "min_price",
    f"max_price={'9' * 13}": "max_price",
    f"max_price={'9' * 5000}": "max_price",
    "max_price=%2010": "max_price",
    "max_price=10%00": "max_price",
    "in_stock=": "in_stock",
    "in_stock=1": "in_stock",
    "in_stock=True": "in_stock",
    "sort=": "sort",
    "sort=stock": "sort",
    "sort=price%20DESC": "sort",
    "sort=id%3BDROP": "sort",
    "limit=": "limit",
    "limit=0": "limit",
    "limit=101": "limit",
    "limit=-1": "limit",
    "limit=1.5": "limit",
    "limit=%2B1": "limit",
    "limit=%EF%BC%91": "limit",
    f"limit={'9' * 5000}": "limit",
    "cursor=": "cursor",
    "cursor=null": "cursor",
    "cursor=%00": "cursor",
    "cursor=====": "cursor",
    f"cursor={'A' * 7000}": "cursor",
    "offset=10": "offset",
    "Limit=10": "Limit",
    "limit=10&limit=20": "limit",
    "q=coffee&q=coffee": "q",
    "cursor=a&cursor=b": "cursor",
    "q[]=coffee": "q[]",
    "q[$ne]=coffee": "q[$ne]",
    "__proto__=1": "__proto__",
}
STRANGE_QUERIES = [
    "%00=1",
    "%FF=1",
    "=1",
    "=",
    "&&&",
    "%",
    "%zz=%zz",
    "?",
    "a=b=c",
    "%F0%9F%9B%92=1",
    "x" * 7000,
    "a=1&" * 900,
]


@pytest.mark.parametrize("path_id", PATH_IDS, ids=shortened)
def test_a_path_id_that_is_none_is_refused_by_name(shop: Shop, path_id: str) -> None:
    status, problem = exchange(shop.url, "GET", f"/products/{path_id}")

    assert status == 400, problem
    assert [error["field"] for error in problem["errors"]] == ["id"]


@pytest.mark.parametrize("query", QUERIES, ids=shortened)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, query: str) -> None:
    status, problem = exchange(shop.url, "GET", f"/products?{query}")

    assert status == 400, problem
    assert [error["field"] for error in problem["errors"]] == [QUERIES[query]]


@pytest.mark.parametrize("query", STRANGE_QUERIES, ids=shortened)
@pytest.mark.parametrize("path", ["/products", "/products/categories", "/products/1", "/health"])
def test_a_strange_query_is_refused_or_ignored(shop: Shop, path: str, query: str) -> None:
    status, problem = exchange(shop.url, "GET", f"{path}?{query}")

    assert status in (200, 400), problem


def test_every_parameter_that_is_wrong_is_named_at_once(shop: Shop) -> None:
    _, problem = exchange(shop.url, "GET", "/products?limit=x&sort=y&min_price=z&unknown=1&q=%00")

    assert {error["field"] for error in problem["errors"]} == {"limit", "sort", "min_price", "unknown", "q"}


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_any_text_may_be_searched_for_if_it_holds_a_letter_or_digit(shop: Shop, text: str) -> None:
    answer = shop.ask("GET", "/products", query={"q": text})

    assert answer.status_code == (200 if any(map(str.isalnum, text)) else 400)


@pytest.mark.parametrize("text", ["+coffee -beans", '"coffee" (beans)', "coffee* ~beans", ">coffee <beans"])
def test_a_search_knows_no_operators(shop: Shop, text: str) -> None:
    plain = shop.ask("GET", "/products", query={"q": "coffee beans"}).json()

    assert plain["items"]
    assert shop.ask("GET", "/products", query={"q": text}).json() == plain


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_a_category_of_operators_is_the_name_of_no_category(shop: Shop, text: str) -> None:
    assert shop.ask("GET", "/products", query={"category": text}).json()["items"] == []


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
@pytest.mark.parametrize("name", ["min_price", "max_price", "in_stock", "sort", "limit", "cursor"])
def test_operators_in_every_other_parameter_are_refused_by_name(shop: Shop, name: str, text: str) -> None:
    answer = shop.ask("GET", "/products", query={name: text})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [name]


def test_a_path_is_case_sensitive_and_no_dots_lead_out_of_it(shop: Shop) -> None:
    for path in ("/Products", "/PRODUCTS/1", "//products", "/products//1", "/products/%2e%2e/health"):
        assert exchange(shop.url, "GET", path)[0] in (400, 404), path
