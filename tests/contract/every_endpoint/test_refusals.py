"""Answers of endpoints while a server is down, or after an unexpected error; Shop.ask checks each answer."""

import hashlib
from collections.abc import Callable

import pytest
from requests import Response

from microshop.http.problems import UNEXPECTED
from microshop.listings.cache import facets_subject
from microshop.listings.filters import ListingFilter
from microshop.users.sessions import hash_token
from tests.contract.every_endpoint.asking import OPERATIONS, ask
from tests.support.api_description import Operation, operation
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_PUBLIC_AND_NEEDS_REDIS = {"log_in", "register", "request_password_reset", "health"}
_INVALID_LINK = 409  # the links of the examples do not work, which only the database knows
# Sessions and the switch are in Redis alone, and dead letters in SQS.
_NEEDS_NO_DATABASE = {
    "log_out",
    "get_session",
    "list_sessions",
    "end_other_sessions",
    "get_read_only",
    "switch_read_only",  # the example allows changes, which are allowed already
    "list_dead_letter_queues",
    "list_suggestions",  # there are none for a request without a text
}
# No session and no queue has the number of the request.
_NOT_FOUND = {"end_session", "list_dead_letters", "get_dead_letter", "redrive_dead_letters"}
# Whether category 1 exists depends on other tests.
_MAY_BE_MISSING = {"get_category"}
_PACKERS = 3  # the id of a role that can be changed, unlike the first one


def test_only_public_endpoints_are_served_without_redis(shop_without_redis: Shop) -> None:
    caller = Customer(1, "", "", "x" * 43)
    served = {found.name for found in OPERATIONS if not found.needs_token} - _PUBLIC_AND_NEEDS_REDIS

    usual = _served_or_unavailable(served)
    rows = [(found, expected) for found, expected in usual if found.name not in _MAY_BE_MISSING]
    assert wrong_answers(_outcome_of(shop_without_redis, caller), rows) == []


def test_endpoints_answer_503_without_the_database(shop_without_database: Shop) -> None:
    caller = shop_without_database.admin()
    shop_without_database.redis.command(
        "DEL",
        f"product:{{{_PACKERS}}}",
        "product:{categories}",
        "product:{category-tree:en}",
        f"product:{{{facets_subject(ListingFilter(), 'en')}}}",
    )
    reset = hashlib.sha256(f"reset_password:{operation('request_password_reset').example_body['email']}".encode())
    # A request for a limited address needs no database.
    shop_without_database.redis.command("DEL", f"mail-wait:{{{reset.hexdigest()[:32]}}}")

    outcome = _outcome_of(shop_without_database, caller, _PACKERS)
    expected = _served_or_unavailable(_NEEDS_NO_DATABASE)
    rows = [(found, (404, None) if found.name in _NOT_FOUND else usual) for found, usual in expected]
    assert wrong_answers(outcome, rows) == []


@pytest.mark.parametrize("path", ["/products/2", "/products/categories", "/categories"])
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


def _outcome_of(shop: Shop, by: Customer, resource: int = 1) -> Callable[[Operation], object]:
    def outcome(found: Operation) -> object:
        answer = ask(shop, found, by, resource=resource)
        is_served = answer.ok or answer.status_code == _INVALID_LINK
        return "served" if is_served else (answer.status_code, answer.headers.get("Retry-After"))

    return outcome


def _served_or_unavailable(served: set[str]) -> list[tuple[Operation, object]]:
    return [(found, "served" if found.name in served else (503, "1")) for found in OPERATIONS]
