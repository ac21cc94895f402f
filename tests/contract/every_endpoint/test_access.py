"""Access of visitors, customers and admins to each endpoint; Shop.ask checks each answer against the description."""

import copy

import pytest

from microshop.users.sessions import Sessions
from tests.contract.every_endpoint.asking import GUARDED, OPERATIONS, ask
from tests.support.answers import refusal
from tests.support.api_description import Operation
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_FOR_ADMINS = {
    *("create_product", "update_product", "archive_product", "adjust_stock"),
    *("confirm_order", "set_order_status", "correct_shipment", "settle_return", "refund_order", "create_export"),
}
# Methods and paths that are near to those of the API.
_UNKNOWN = [
    ("GET", "/nothing"),
    ("GET", "/users"),
    ("DELETE", "/users/profile"),
    ("GET", "/users/register"),
    ("POST", "/products/1"),
    ("GET", "/products/1/stock"),
    ("PATCH", "/products/1"),
    ("DELETE", "/orders/1"),
    ("GET", "/orders/1/cancel"),
    ("GET", "/orders/1/nothing"),
    ("GET", "/orders/1/payment"),
    ("DELETE", "/orders/1/refunds"),
    ("GET", "/payments/stripe/webhook"),
    ("GET", "/exports"),
    ("TRACE", "/products"),
    ("QUERY", "/products"),
]


def test_guarded_endpoints_answer_401_without_a_token(shop: Shop) -> None:
    def challenge(found: Operation) -> tuple[int, str | None]:
        answer = ask(shop, found)
        return answer.status_code, answer.headers.get("WWW-Authenticate")

    assert wrong_answers(challenge, [(found, (401, "Bearer")) for found in GUARDED]) == []


@pytest.mark.usefixtures("unchanged")
def test_admin_endpoints_answer_403_to_customers_before_reading_the_body(shop: Shop, somebody: Customer) -> None:
    session = Sessions(shop.redis).open(somebody.id, "customer", 3600)  # logging out ends it
    customer = copy.replace(somebody, token=session.token)

    def is_refused(found: Operation) -> bool:
        path = found.sample_path.replace("/1", "/x")
        answer = shop.ask(found.method, path, by=customer, json={"nonsense": True})
        return answer.status_code == 403 and refusal(answer) == (403, "forbidden")

    assert wrong_answers(is_refused, [(found, found.name in _FOR_ADMINS) for found in GUARDED]) == []


def test_throttled_endpoints_answer_429_before_anything_else(throttled_shop: Shop) -> None:
    def throttled(found: Operation) -> tuple[tuple[int, str], str]:
        answer = ask(throttled_shop, found)
        return refusal(answer), answer.headers["Retry-After"]

    assert wrong_answers(throttled, [(found, ((429, "too-many-requests"), "1")) for found in OPERATIONS]) == []


def test_unknown_paths_and_methods_answer_404(shop: Shop) -> None:
    def problem(method: str, path: str) -> tuple[object, ...]:
        answer = shop.ask_unchecked(method, path)
        has_one_id = answer.json()["request_id"] == answer.headers["X-Request-Id"]
        return (*refusal(answer), answer.headers["Content-Type"], has_one_id)

    expected = (404, "not-found", "application/problem+json", True)
    assert wrong_answers(problem, [(method, path, expected) for method, path in _UNKNOWN]) == []
