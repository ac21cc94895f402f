"""What the shop answers when it cannot or will not serve; Shop.ask checks every answer against the description."""

import hashlib
import re

import pytest
from requests import Response

from microshop.users.sessions import hash_token
from tests.contract.paying import signed
from tests.support.api_description import Operation, operation, operations
from tests.support.shop import Customer, Shop

OPERATIONS = operations()
# An account that no other test registers.
REGISTRATION = {"username": "Ada", "email": "refused@example.com", "password": "correct horse battery"}
# Everybody else without a token is served when Redis is away.
PUBLIC_BUT_NEEDS_REDIS = {"log_in", "health"}
# It ends a session, which is in Redis alone.
SERVED_WITHOUT_DATABASE = {"log_out"}


@pytest.mark.parametrize("found", OPERATIONS, ids=lambda found: found.name)
def test_who_asks_too_often_gets_429_before_anything_else(throttled_shop: Shop, found: Operation) -> None:
    answer = _ask(throttled_shop, found)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert answer.json()["type"] == "urn:microshop:problem:too-many-requests"


@pytest.mark.parametrize("found", OPERATIONS, ids=lambda found: found.name)
def test_without_redis_nobody_is_let_in_and_the_catalogue_is_still_served(
    shop_without_redis: Shop, found: Operation
) -> None:
    caller = Customer(1, "", "", "x" * 43)

    answer = _ask(shop_without_redis, found, by=caller)

    if not found.needs_token and found.name not in PUBLIC_BUT_NEEDS_REDIS:
        assert answer.ok
    else:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("found", OPERATIONS, ids=lambda found: found.name)
def test_without_the_database_everything_that_needs_it_answers_503(
    shop_without_database: Shop, found: Operation
) -> None:
    caller = shop_without_database.admin()
    shop_without_database.redis.command("DEL", "product:{1}")

    answer = _ask(shop_without_database, found, by=caller)

    if found.name in SERVED_WITHOUT_DATABASE:
        assert answer.ok
    else:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_cached_product_is_served_without_the_database(shop: Shop, shop_without_database: Shop) -> None:
    shop.ask("GET", "/products/2")

    assert shop_without_database.ask("GET", "/products/2").status_code == 200


def test_health_says_which_part_is_away(shop_without_redis: Shop, shop_without_database: Shop) -> None:
    assert shop_without_redis.ask("GET", "/health").json() == {
        "status": "unavailable",
        "database": "ok",
        "redis": "unavailable",
    }
    assert shop_without_database.ask("GET", "/health").json() == {
        "status": "unavailable",
        "database": "unavailable",
        "redis": "ok",
    }


def _break_what_a_change_of_password_counts(shop: Shop, customer: Customer) -> None:
    name = hashlib.sha256(hash_token(customer.token).encode()).hexdigest()[:32]
    shop.redis.command("LPUSH", f"login-attempts:{{{name}}}", "not the number that it should be")


def test_an_unforeseen_fault_answers_500_says_nothing_of_its_cause_and_changes_nothing(shop: Shop) -> None:
    customer = shop.customer()
    _break_what_a_change_of_password_counts(shop, customer)
    before = shop.contents()

    answer = shop.ask("PUT", "/users/password", by=customer, json=operation("change_password").example_body)

    assert answer.status_code == 500
    assert answer.json()["detail"] == "An unexpected error occurred. Support can look it up by its request id."
    assert shop.contents() == before


def test_an_unforeseen_fault_is_logged_once_under_the_request_id_of_the_answer(shop: Shop) -> None:
    customer = shop.customer()
    _break_what_a_change_of_password_counts(shop, customer)

    answer = shop.ask("PUT", "/users/password", by=customer, json=operation("change_password").example_body)

    lines = [line for line in shop.log.getvalue().splitlines() if answer.headers["X-Request-Id"] in line]
    assert sum("WRONGTYPE" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
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
    ],
)
def test_an_unknown_path_or_method_answers_404(shop: Shop, method: str, path: str) -> None:
    answer = shop.ask_unchecked(method, path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "urn:microshop:problem:not-found"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def _ask(shop: Shop, found: Operation, *, by: Customer | None = None) -> Response:
    path = re.sub(r"\{\w+\}", "1", found.path.removeprefix("/api/v1"))
    if found.name == "stripe_webhook":
        body, headers = signed(shop, "customer.created", {"id": "cus_1"})
        return shop.ask(found.method, path, body=body, headers=headers)
    example = REGISTRATION if found.name == "register" else found.example_body
    return shop.ask(found.method, path, by=by if found.needs_token else None, json=example)
