"""Answers of endpoints while a server is down, or after an unexpected error; Shop.ask checks each answer."""

import hashlib
from collections.abc import Callable

import pytest
from requests import Response

from microshop.http.problems import UNEXPECTED
from microshop.users.sessions import hash_token
from tests.contract.every_endpoint.asking import OPERATIONS, ask
from tests.support.api_description import Operation, operation
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_PUBLIC_AND_NEEDS_REDIS = {"log_in", "health"}
_NEEDS_NO_DATABASE = {"log_out"}  # it ends a session, which is in Redis alone


def test_only_public_endpoints_are_served_without_redis(shop_without_redis: Shop) -> None:
    caller = Customer(1, "", "", "x" * 43)
    served = {found.name for found in OPERATIONS if not found.needs_token} - _PUBLIC_AND_NEEDS_REDIS

    assert wrong_answers(_outcome_of(shop_without_redis, caller), _served_or_unavailable(served)) == []


def test_endpoints_answer_503_without_the_database(shop_without_database: Shop) -> None:
    caller = shop_without_database.admin()
    shop_without_database.redis.command("DEL", "product:{1}", "product:{categories}")

    assert wrong_answers(_outcome_of(shop_without_database, caller), _served_or_unavailable(_NEEDS_NO_DATABASE)) == []


@pytest.mark.parametrize("path", ["/products/2", "/products/categories"])
def test_a_cached_response_is_served_without_the_database(shop: Shop, shop_without_database: Shop, path: str) -> None:
    shop.ask("GET", path)

    assert shop_without_database.ask("GET", path).status_code == 200


def test_health_names_the_server_that_is_down(shop_without_redis: Shop, shop_without_database: Shop) -> None:
    found = [each.ask("GET", "/health").json() for each in (shop_without_redis, shop_without_database)]

    assert found == [
        {"status": "unavailable", "database": "ok", "redis": "unavailable"},
        {"status": "unavailable", "database": "unavailable", "redis": "ok"},
    ]


@pytest.mark.usefixtures("unchanged")
def test_an_unforeseen_fault_answers_an_opaque_500(shop: Shop, somebody: Customer) -> None:
    answer = _provoke_a_fault(shop, somebody)

    assert answer.status_code == 500
    assert answer.json()["detail"] == UNEXPECTED.detail


def test_an_unforeseen_fault_is_logged_once_with_the_request_id(shop: Shop, customer: Customer) -> None:
    answer = _provoke_a_fault(shop, customer)

    lines = [line for line in shop.log.getvalue().splitlines() if answer.headers["X-Request-Id"] in line]
    assert sum("WRONGTYPE" in line for line in lines) == 1


def _provoke_a_fault(shop: Shop, by: Customer) -> Response:
    """Changes a password while the counter of the attempts is not a number but a list."""
    name = hashlib.sha256(hash_token(by.token).encode()).hexdigest()[:32]
    shop.redis.command("LPUSH", f"login-attempts:{{{name}}}", "not a number")
    return shop.ask("PUT", "/users/password", by=by, json=operation("change_password").example_body)


def _outcome_of(shop: Shop, by: Customer) -> Callable[[Operation], object]:
    def outcome(found: Operation) -> object:
        answer = ask(shop, found, by)
        return "served" if answer.ok else (answer.status_code, answer.headers.get("Retry-After"))

    return outcome


def _served_or_unavailable(served: set[str]) -> list[tuple[Operation, object]]:
    return [(found, "served" if found.name in served else (503, "1")) for found in OPERATIONS]
