"""Requests without a token, to throttled endpoints and to unknown ones."""

from tests.contract.every_endpoint.asking import GUARDED, OPERATIONS, ask
from tests.support.answers import refusal
from tests.support.api_description import Operation
from tests.support.shop import Shop
from tests.support.table_rows import wrong_answers

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
