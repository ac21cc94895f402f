"""Who may call an endpoint; Shop.ask checks each answer against the description."""

import dataclasses

import pytest

from microshop.users.sessions import Sessions
from tests.contract.every_endpoint.asking import GUARDED, OPERATIONS, ask
from tests.support.shop import Customer, Shop

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
    answers = {found.name: ask(shop, found) for found in GUARDED}

    challenges = {name: (each.status_code, each.headers.get("WWW-Authenticate")) for name, each in answers.items()}
    assert challenges == {found.name: (401, "Bearer") for found in GUARDED}


@pytest.mark.usefixtures("unchanged")
def test_admin_endpoints_answer_403_to_customers_before_reading_the_body(shop: Shop, somebody: Customer) -> None:
    session = Sessions(shop.redis).open(somebody.id, "customer", 3600)  # logging out ends it
    customer = dataclasses.replace(somebody, token=session.token)

    answers = {
        found.name: shop.ask(found.method, found.sample_path.replace("/1", "/x"), by=customer, json={"nonsense": True})
        for found in GUARDED
    }

    refused = {name: each.json()["type"] for name, each in answers.items() if each.status_code == 403}
    assert refused == dict.fromkeys(_FOR_ADMINS, "urn:microshop:problem:forbidden")


def test_throttled_endpoints_answer_429_before_anything_else(throttled_shop: Shop) -> None:
    answers = {found.name: ask(throttled_shop, found) for found in OPERATIONS}

    refusals = {
        name: (each.status_code, each.json()["type"], each.headers["Retry-After"]) for name, each in answers.items()
    }
    too_many = (429, "urn:microshop:problem:too-many-requests", "1")
    assert refusals == {found.name: too_many for found in OPERATIONS}


def test_unknown_paths_and_methods_answer_404(shop: Shop) -> None:
    answers = {row: shop.ask_unchecked(*row) for row in _UNKNOWN}

    found = {
        row: (answer.status_code, answer.headers["Content-Type"], answer.json()["type"])
        for row, answer in answers.items()
    }
    assert found == dict.fromkeys(_UNKNOWN, (404, "application/problem+json", "urn:microshop:problem:not-found"))
    assert all(answer.json()["request_id"] == answer.headers["X-Request-Id"] for answer in answers.values())
