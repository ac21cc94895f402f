"""API keys over HTTP; Shop.ask validates every response against docs/openapi.yaml."""

from typing import Any

import pytest

from microshop.scopes import MANAGE_STAFF, READ_ORDERS, WRITE_STOCK
from tests.support.answers import refusal, refused_fields
from tests.support.shop import Customer, Shop


def _create(shop: Shop, admin: Customer, *scopes: str) -> dict[str, Any]:
    answer = shop.ask("POST", "/admin/api-keys", by=admin, json={"name": "export", "scopes": scopes, "days": 30})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def _caller(created: dict[str, Any]) -> Customer:
    return Customer(created["user_id"], "", "", created["token"])


def test_key_is_shown_once_and_listed_without_its_token(shop: Shop, admin: Customer) -> None:
    created = _create(shop, admin, READ_ORDERS)

    [listed] = [
        item for item in shop.ask("GET", "/admin/api-keys", by=admin).json()["items"] if item["id"] == created["id"]
    ]

    assert listed == {name: value for name, value in created.items() if name != "token"}
    assert created["token"].startswith(created["prefix"])
    assert created["token"] not in str(shop.database.rows("SELECT * FROM api_keys"))


def test_key_does_what_its_scopes_allow_and_nothing_of_customers(shop: Shop, admin: Customer) -> None:
    key, product_id = _caller(_create(shop, admin, READ_ORDERS, WRITE_STOCK)), shop.product()

    adjusted = shop.ask("POST", f"/products/{product_id}/stock", by=key, json={"delta": 3, "reason": "delivery"})
    answers = [
        shop.ask("GET", "/orders", by=key),
        shop.ask("GET", "/users/profile", by=key),
        shop.ask("GET", "/admin/session", by=key),
        shop.ask("GET", "/admin/staff", by=key),
        shop.ask("POST", "/exports", by=key, json={}),
    ]

    assert adjusted.status_code == 200
    assert [answer.status_code for answer in answers] == [200, 403, 403, 403, 400]


def test_revoked_key_is_refused_at_once(shop: Shop, admin: Customer) -> None:
    created = _create(shop, admin, READ_ORDERS)
    assert shop.ask("GET", "/orders", by=_caller(created)).status_code == 200

    for _ in range(2):
        assert shop.ask("DELETE", f"/admin/api-keys/{created['id']}", by=admin).status_code == 204

    assert refusal(shop.ask("GET", "/orders", by=_caller(created))) == (401, "unauthorized")
    assert refusal(shop.ask("DELETE", f"/admin/api-keys/{2**52}", by=admin)) == (404, "not-found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": [MANAGE_STAFF]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"days": 367}, "days"),
        ({"name": ""}, "name"),
    ],
)
def test_invalid_key_is_refused(shop: Shop, admin: Customer, body: dict[str, Any], field: str) -> None:
    sent = {"name": "export", "scopes": [READ_ORDERS], **body}

    assert refused_fields(shop.ask("POST", "/admin/api-keys", by=admin, json=sent)) == [field]
