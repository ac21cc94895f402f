"""Staff and roles over HTTP; Shop.ask validates every response against docs/openapi.yaml."""

import itertools

from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_NUMBERS = itertools.count(1)
_PACKER = 3


def _create_role(shop: Shop, admin: Customer, *scopes: str) -> dict[str, object]:
    body = {"name": f"crew {next(_NUMBERS)}", "scopes": scopes}
    answer = shop.ask("POST", "/admin/roles", by=admin, json=body)
    assert answer.status_code == 201, answer.text
    role: dict[str, object] = answer.json()
    return role


def test_account_becomes_staff_and_is_listed(shop: Shop, admin: Customer) -> None:
    pat = shop.customer()

    answer = shop.ask("PUT", f"/admin/staff/{pat.id}/roles", by=admin, json={"role_ids": [_PACKER]})

    assert answer.status_code == 200
    assert answer.json()["roles"] == [{"id": _PACKER, "name": "packer"}]
    assert answer.json() in shop.ask("GET", "/admin/staff", by=admin).json()["items"]
    assert shop.ask("GET", "/users/profile", by=pat).status_code == 401  # the session has ended


def test_customer_without_roles_is_not_listed(shop: Shop, admin: Customer) -> None:
    pat = shop.customer()
    shop.ask("PUT", f"/admin/staff/{pat.id}/roles", by=admin, json={"role_ids": [_PACKER]})

    shop.ask("PUT", f"/admin/staff/{pat.id}/roles", by=admin, json={"role_ids": []})

    items = shop.ask("GET", "/admin/staff", by=admin).json()["items"]
    assert pat.id not in [item["id"] for item in items]
    assert admin.id in [item["id"] for item in items]


def test_disabled_account_cannot_log_in_until_it_is_enabled(shop: Shop, admin: Customer) -> None:
    pat = shop.customer()
    shop.ask("PUT", f"/admin/staff/{pat.id}/roles", by=admin, json={"role_ids": [_PACKER]})
    login = {"email": pat.email, "password": pat.password}
    assert shop.ask("POST", "/users/login", json=login).status_code == 200

    disabled = shop.ask("POST", f"/admin/staff/{pat.id}/disable", by=admin).json()
    refused = shop.ask("POST", "/users/login", json=login)
    enabled = shop.ask("POST", f"/admin/staff/{pat.id}/enable", by=admin).json()

    assert (disabled["disabled_at"] is None, enabled["disabled_at"]) == (False, None)
    assert disabled["roles"] == enabled["roles"]
    assert refusal(refused) == (401, "invalid-credentials")
    token = shop.ask("POST", "/users/login", json=login).json()["token"]
    caller = Sessions(shop.redis).find(token)
    assert caller is not None
    assert caller.scopes == {"read_orders", "write_orders", "write_stock"}


def test_unknown_accounts_and_roles_are_refused(shop: Shop, admin: Customer) -> None:
    nobody, pat = 2**52, shop.customer()

    answers = [
        shop.ask("PUT", f"/admin/staff/{nobody}/roles", by=admin, json={"role_ids": [_PACKER]}),
        shop.ask("POST", f"/admin/staff/{nobody}/disable", by=admin),
        shop.ask("POST", f"/admin/staff/{nobody}/enable", by=admin),
        shop.ask("DELETE", f"/admin/roles/{nobody}", by=admin),
        shop.ask("PUT", f"/admin/staff/{pat.id}/roles", by=admin, json={"role_ids": [nobody]}),
    ]

    assert [refusal(answer) for answer in answers] == [(404, "not-found")] * 4 + [(400, "invalid-input")]


def test_role_is_created_changed_and_deleted(shop: Shop, admin: Customer) -> None:
    made = _create_role(shop, admin, "write_stock", "read_orders", "read_orders")
    body = {"name": f"crew {next(_NUMBERS)}", "scopes": ["refund"]}

    changed = shop.ask("PUT", f"/admin/roles/{made['id']}", by=admin, json={**body, "version": 1})

    assert made["scopes"] == ["read_orders", "write_stock"]
    assert (changed.json()["name"], changed.json()["scopes"], changed.json()["version"]) == (*body.values(), 2)
    assert changed.json() in shop.ask("GET", "/admin/roles", by=admin).json()["items"]
    assert shop.ask("DELETE", f"/admin/roles/{made['id']}", by=admin).status_code == 204
    assert refusal(shop.ask("DELETE", f"/admin/roles/{made['id']}", by=admin)) == (404, "not-found")


def test_changed_scopes_of_a_role_end_the_sessions_of_its_members(shop: Shop, admin: Customer) -> None:
    role, pat = _create_role(shop, admin, "read_orders"), shop.customer()
    shop.ask("PUT", f"/admin/staff/{pat.id}/roles", by=admin, json={"role_ids": [role["id"]]})
    session = Sessions(shop.redis).open(pat.id, 60)

    renamed = {"name": f"crew {next(_NUMBERS)}", "scopes": ["read_orders"], "version": 1}
    shop.ask("PUT", f"/admin/roles/{role['id']}", by=admin, json=renamed)
    assert Sessions(shop.redis).find(session.token)
    shop.ask("PUT", f"/admin/roles/{role['id']}", by=admin, json={**renamed, "scopes": ["refund"], "version": 2})

    assert Sessions(shop.redis).find(session.token) is None
    account = UserRepository(shop.database).for_login(pat.email)
    assert account is not None
    assert account.scopes == {"refund"}


def test_refusals_of_roles_name_their_reason(shop: Shop, admin: Customer) -> None:
    role, pat = _create_role(shop, admin, "read_orders"), shop.customer()
    shop.ask("PUT", f"/admin/staff/{pat.id}/roles", by=admin, json={"role_ids": [role["id"]]})
    path, body = f"/admin/roles/{role['id']}", {"name": "PACKER", "scopes": []}

    answers = [
        shop.ask("DELETE", path, by=admin),
        shop.ask("POST", "/admin/roles", by=admin, json=body),
        shop.ask("PUT", path, by=admin, json={**body, "version": 1}),
        shop.ask("PUT", path, by=admin, json=body),
        shop.ask("PUT", path, by=admin, json={**body, "version": 7}),
        shop.ask("PUT", path, by=admin, json=body, headers={"If-Match": '"7"'}),
        shop.ask("PUT", "/admin/roles/1", by=admin, json={**body, "version": 1}),
        shop.ask("DELETE", "/admin/roles/1", by=admin),
    ]

    assert [refusal(answer) for answer in answers] == [
        (409, "role-in-use"),
        (409, "role-name-taken"),
        (409, "role-name-taken"),
        (428, "precondition-required"),
        (409, "version-conflict"),
        (412, "precondition-failed"),
        (409, "conflict"),
        (409, "conflict"),
    ]
