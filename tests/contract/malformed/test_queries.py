"""Malformed query parameters over HTTP: a 4xx that names the parameter, never a 500."""

from urllib.parse import quote, quote_plus

from tests.support.hostile_text import HOSTILE
from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

# A query of the product list, and the parameter that the answer must name.
_PRODUCT_QUERIES: dict[str, str] = {
    "q=": "q",
    "q": "q",
    "q=%20": "q",
    "q=%00": "q",
    "q=coffee%00": "q",
    f"q={'x' * 101}": "q",
    f"q={'x' * 7000}": "q",
    "category=": "category",
    "category=%00": "category",
    f"category={'x' * 65}": "category",
    "currency=usd": "currency",
    "currency=US": "currency",
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
    "count=1": "count",
    "count=": "count",
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
    "limit=10&limit=20": "limit",
    "q=coffee&q=coffee": "q",
    "cursor=a&cursor=b": "cursor",
}
# A query of an admin's order list, and the parameter that the answer must name.
_ORDER_QUERIES: dict[str, str] = {
    "status=": "status",
    "status=Pending": "status",
    "status=paid": "status",
    "status=pending,shipped": "status",
    "status=pending&status=shipped": "status",
    "status=%00": "status",
    "payment_status=pending": "payment_status",
    "payment_status=PAID": "payment_status",
    "payment_status[]=paid": "payment_status[]",
    "customer=": "customer",
    "customer=0": "customer",
    "customer=-1": "customer",
    "customer=1.0": "customer",
    "customer=me": "customer",
    "customer=1%20OR%201=1": "customer",
    f"customer={'9' * 30}": "customer",
    "user_id=me": "user_id",
    "user_id=17&customer=18": "customer",
    "created_from=": "created_from",
    "created_from=2026-01-01": "created_from",
    "created_from=2026-01-01T00:00:00": "created_from",
    "created_from=2026-01-01T00:00:00+01:00": "created_from",  # a + in a URL is a blank
    "created_from=2026-02-30T00:00:00Z": "created_from",
    "created_from=2026-01-01T24:00:01Z": "created_from",
    "created_from=2026-01-01T00:00:00.0000000Z": "created_from",
    "created_from=20260101T000000Z": "created_from",
    "created_from=1767225600": "created_from",
    "created_from=0001-01-01T00:00:00%2B14:00": "created_from",
    "created_from=9999-12-31T23:59:59-14:00": "created_from",
    "created_from=%D9%A2026-01-01T00:00:00Z": "created_from",
    "created_from=yesterday": "created_from",
    "created_before=now()": "created_before",
    "created_before=2026-01-01T00:00:00Z%00": "created_before",
    "min_total=-1": "min_total",
    "min_total=1.999": "min_total",
    "min_total=1e3": "min_total",
    "max_total=": "max_total",
    f"max_total={'9' * 13}": "max_total",
    "limit=0": "limit",
    "limit=101": "limit",
    "order_number=": "order_number",
    "order_number=MS-7F3K": "order_number",
    "order_number=MS-7F3K-9QXI": "order_number",  # these numbers have no I
    "order_number=%25": "order_number",
    "order_number=MS-7F3K-9QXD%00": "order_number",
    "order_number=5094605304831": "order_number",
    "email=": "email",
    "email=nobody": "email",
    "email=%25": "email",
    "email=ada+shop@example.org": "email",  # a + in a URL is a blank
    "email=+ada@example.org": "email",
    "email=%20ada@example.org": "email",
    f"email={'a' * 250}@example.com": "email",
    "payment_reference=": "payment_reference",
    "payment_reference=%20": "payment_reference",
    f"payment_reference={'p' * 201}": "payment_reference",
    "cursor=null": "cursor",
    "offset=10": "offset",
    "sort=price": "sort",
    "=0": "query",
    "q[$ne]=coffee": "q[$ne]",
    "__proto__=1": "__proto__",
    "Limit=x": "Limit",
    "a=b=c": "a",
    "a=1&" * 900: "a",
    "%F0%9F%9B%92=1": "🛒",
    "x" * 7000: "x" * 64,
    "%00=1": "query",
    "=": "query",
    "%": "%",
    "%zz=%zz": "%zz",
    "?": "?",
}
_UNKNOWN = [
    *("utm_source=mail&utm_source=x", "Limit=x", "q[]=a", "__proto__=1", "a=b=c", "a=1&" * 900, "%F0%9F%9B%92=1"),
    *("x" * 7000, "%00=1", "%FF=1", "=0", "=", "&&&", "%", "%zz=%zz", "?"),
]
_ENDS = [
    "created_from=0001-01-01T00:00:00Z",
    "created_from=9999-12-31T23:59:59.999999Z",
    "created_before=0001-01-01T00:00:00Z",
    "created_before=9999-12-31T23:59:59.999999Z",
    "created_from=2026-01-01t00:00:00z",
    "created_from=1969-12-31T23:59:59-23:59",
    "min_total=999999999999.99",
    "max_total=0",
    f"user_id={'9' * 18}",
    f"customer={'9' * 18}",
    "user_id=17&customer=17",
]


def test_a_wrong_parameter_of_the_product_list_is_refused_by_name(shop: Shop) -> None:
    def refused(query: str) -> list[str]:
        return _refused(shop, f"/products?{query}")

    assert wrong_answers(refused, [(query, [name]) for query, name in _PRODUCT_QUERIES.items()]) == []


def test_a_wrong_parameter_of_the_order_list_is_refused_by_name(shop: Shop, admin: Customer) -> None:
    def refused(query: str) -> list[str]:
        return _refused(shop, f"/orders?{query}", admin)

    assert wrong_answers(refused, [(query, [name]) for query, name in _ORDER_QUERIES.items()]) == []


def test_a_parameter_that_is_not_utf_8_is_refused_by_name(shop: Shop) -> None:
    assert _refused(shop, "/products?min_price=%FF") == ["min_price"]


def test_the_ends_of_time_and_money_are_valid_filters(shop: Shop, admin: Customer) -> None:
    def status(query: str) -> int:
        return exchange(shop.url, "GET", f"/orders?{query}", [*admin.authorization.items()])[0]

    assert wrong_answers(status, [(query, 200) for query in _ENDS]) == []


def test_public_reads_ignore_unknown_parameters(shop: Shop) -> None:
    paths = ("/products", "/products/categories", "/products/1", "/health")

    def status(path: str, query: str) -> int:
        return exchange(shop.url, "GET", f"{path}?{query}")[0]

    assert wrong_answers(status, [(path, query, 200) for path in paths for query in _UNKNOWN]) == []


def test_a_plus_that_became_a_blank_is_explained(shop: Shop, admin: Customer) -> None:
    sent = {
        "email": "ada+shop@example.org",
        "created_from": "2026-01-01T00:00:00+01:00",
        "created_before": "2026-01-01T00:00:00+01:00",
    }

    for name, value in sent.items():
        status, problem = exchange(shop.url, "GET", f"/orders?{name}={value}", [*admin.authorization.items()])
        escaped, _ = exchange(shop.url, "GET", f"/orders?{name}={quote(value)}", [*admin.authorization.items()])

        assert (status, escaped) == (400, 200), name
        assert "%2B" in problem["errors"][0]["reason"], name


def test_every_wrong_parameter_of_the_product_list_is_named_at_once(shop: Shop) -> None:
    found = _refused(shop, "/products?limit=x&sort=y&min_price=z&unknown=1&q=%00")

    assert sorted(found) == ["limit", "min_price", "q", "sort"]


def test_every_wrong_parameter_of_the_order_list_is_named_at_once(shop: Shop, admin: Customer) -> None:
    found = _refused(shop, "/orders?status=new&created_from=today&min_total=x&limit=0&cursor=y&count=1&total=1", admin)

    assert sorted(found) == ["count", "created_from", "cursor", "limit", "min_total", "status", "total"]


def test_hostile_text_is_refused_in_every_parameter_of_the_product_list(shop: Shop) -> None:
    names = ["min_price", "max_price", "in_stock", "sort", "limit", "cursor"]

    def refused(text: str) -> list[str]:
        return sorted(_refused(shop, f"/products?{_with_each(names, text)}"))

    assert wrong_answers(refused, [(text, sorted(names)) for text in HOSTILE]) == []


def test_hostile_text_is_refused_in_every_parameter_of_the_order_list(shop: Shop, admin: Customer) -> None:
    names = ["user_id", "customer", "status", "payment_status", "created_from", "created_before", "min_total"]
    names += ["max_total", "order_number", "email", "limit", "cursor"]

    def refused(text: str) -> list[str]:
        return sorted(_refused(shop, f"/orders?{_with_each(names, text)}", admin))

    assert wrong_answers(refused, [(text, sorted(names)) for text in HOSTILE]) == []


def _with_each(names: list[str], value: str) -> str:
    return "&".join(f"{name}={quote_plus(value)}" for name in names)


def _refused(shop: Shop, path: str, by: Customer | None = None) -> list[str]:
    """Returns the parameters that a 400 names, or any other answer."""
    status, problem = exchange(shop.url, "GET", path, [*by.authorization.items()] if by else [])
    return [error["field"] for error in problem["errors"]] if status == 400 else [f"{status}: {problem}"]
