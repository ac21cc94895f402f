"""Malformed paths over HTTP: a 4xx that names the id, never a 500."""

from tests.support.api_description import Operation, operations
from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_WRONG_IDS = [
    *("0", "-1", "+1", "01", "1.0", "1e3", "0x1", "1_000", "%201", "1%20", "1%00", "%00", "1%0A"),
    *("9223372036854775808", "9" * 30, "9" * 4000, "%2e%2e"),
    *("abc", "null", "undefined", "NaN", "*", "1;2", "1,2", "1'", "1%27%20OR%201=1--"),
    *("%EF%BC%91", "%D9%A1", "%F0%9F%91%8D", "%FF", "%ED%A0%80", "%", "%zz", "%252e", "{id}", "$%7Bid%7D"),
]  # fmt: skip


def test_a_wrong_id_in_the_path_is_refused_by_name(shop: Shop, admin: Customer) -> None:
    def refused(path_id: str) -> list[str]:
        return _refused(shop, admin, "GET", f"/orders/{path_id}")

    assert wrong_answers(refused, [(path_id, ["id"]) for path_id in _WRONG_IDS]) == []


def test_an_escaped_digit_is_not_an_id(shop: Shop, admin: Customer) -> None:
    assert _refused(shop, admin, "GET", "/orders/%31") == ["id"]


def test_every_endpoint_with_an_id_refuses_a_wrong_one_before_its_body(shop: Shop, admin: Customer) -> None:
    with_an_id = [found for found in operations() if "{id}" in found.path]

    def refused(found: Operation, path_id: str) -> list[str]:
        return _refused(shop, admin, found.method, found.sample_path.replace("/1", f"/{path_id}"))

    assert with_an_id
    assert wrong_answers(refused, [(found, wrong, ["id"]) for found in with_an_id for wrong in ("0", "abc")]) == []


def test_a_path_is_case_sensitive_and_no_dots_lead_out_of_it(shop: Shop) -> None:
    paths = ("/Products", "/PRODUCTS/1", "//products", "/products//1", "/products/%2e%2e/health", "/Orders/1")

    answers = {path: exchange(shop.url, "GET", path)[0] for path in paths}

    assert {path for path, status in answers.items() if status not in (400, 404)} == set()


def _refused(shop: Shop, by: Customer, method: str, path: str) -> list[str]:
    """Returns the fields that a 400 names, or any other answer."""
    status, problem = exchange(shop.url, method, path, [*by.authorization.items()])
    return [error["field"] for error in problem["errors"]] if status == 400 else [f"{status}: {problem}"]
