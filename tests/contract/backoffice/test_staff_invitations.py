"""Invitations to the staff; Shop.ask validates every response against docs/openapi.yaml."""

import uuid

from microshop.mail_links.link import Purpose
from microshop.mail_links.repository import MailLinks
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_PACKER = 3
_PASSWORD = "staple of a longer kind"


def _invite(shop: Shop, admin: Customer, email: str) -> tuple[int, str]:
    """Returns the invitation and the token of its link."""
    answer = shop.ask("POST", "/admin/staff-invitations", by=admin, json={"email": email, "role_ids": [_PACKER]})
    assert answer.status_code == 201, answer.text
    invitation_id: int = answer.json()["id"]
    return invitation_id, MailLinks(shop.database).issue(Purpose.STAFF_INVITATION, invitation_id, email)


def _address() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def test_invited_person_accepts_and_logs_in_with_the_roles(shop: Shop, admin: Customer) -> None:
    email = _address()
    invitation_id, token = _invite(shop, admin, email)
    listed = shop.ask("GET", "/admin/staff-invitations", by=admin).json()["items"]
    account = {"token": token, "username": "Pat", "password": _PASSWORD}

    accepted = shop.ask("POST", "/admin/staff-invitations/accept", json=account)
    repeated = shop.ask("POST", "/admin/staff-invitations/accept", json=account)
    login = shop.ask("POST", "/users/login", json={"email": email, "password": _PASSWORD})

    [mine] = [each for each in listed if each["id"] == invitation_id]
    assert (mine["email"], mine["invited_by"]["user_id"]) == (email, admin.id)
    assert mine["roles"] == [{"id": _PACKER, "name": "packer"}]
    assert accepted.status_code == 200
    assert refusal(repeated) == (409, "invalid-link")
    pat = Customer(accepted.json()["user_id"], email, _PASSWORD, login.json()["token"])
    scopes = shop.ask("GET", "/admin/session", by=pat).json()["scopes"]
    assert scopes == ["read_orders", "write_orders", "write_stock"]
    assert invitation_id not in [
        each["id"] for each in shop.ask("GET", "/admin/staff-invitations", by=admin).json()["items"]
    ]


def test_customer_accepts_with_the_password_of_the_account(shop: Shop, admin: Customer) -> None:
    pat = shop.customer()
    _, token = _invite(shop, admin, pat.email)
    path = "/admin/staff-invitations/accept"

    answers = [
        shop.ask("POST", path, json={"token": token, "password": _PASSWORD, "username": "Pat"}),
        shop.ask("POST", path, json={"token": token, "password": _PASSWORD}),
        shop.ask("POST", path, json={"token": token, "password": pat.password}),
    ]

    assert [refusal(answer) for answer in answers[:2]] == [(400, "invalid-input"), (401, "invalid-credentials")]
    assert [error["field"] for error in answers[0].json()["errors"]] == ["username"]
    assert answers[2].json()["user_id"] == pat.id
    assert shop.ask("GET", "/users/profile", by=pat).status_code == 401  # the session has ended


def test_refused_fields_are_named_and_leave_the_link(shop: Shop, admin: Customer) -> None:
    _, token = _invite(shop, admin, _address())
    bodies = [
        {"token": token, "password": _PASSWORD},
        {"token": token, "password": "short", "username": "Pat"},
        {"token": token, "password": "password123", "username": "Pat"},
        {"password": _PASSWORD, "username": "Pat"},
    ]

    answers = [shop.ask("POST", "/admin/staff-invitations/accept", json=body) for body in bodies]

    fields = [[error["field"] for error in answer.json()["errors"]] for answer in answers]
    assert fields == [["username"], ["password"], ["password"], ["token"]]
    account = {"token": token, "password": _PASSWORD, "username": "Pat"}
    assert shop.ask("POST", "/admin/staff-invitations/accept", json=account).status_code == 200


def test_unknown_used_and_revoked_links_get_the_same_answer(shop: Shop, admin: Customer) -> None:
    revoked_id, revoked = _invite(shop, admin, _address())
    _, used = _invite(shop, admin, _address())
    account = {"password": _PASSWORD, "username": "Pat"}
    shop.ask("POST", "/admin/staff-invitations/accept", json={**account, "token": used})
    assert shop.ask("DELETE", f"/admin/staff-invitations/{revoked_id}", by=admin).status_code == 204

    answers = [
        shop.ask("POST", "/admin/staff-invitations/accept", json={**account, "token": token})
        for token in ("guessed", used, revoked)
    ]

    assert {refusal(answer) for answer in answers} == {(409, "invalid-link")}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert refusal(shop.ask("DELETE", f"/admin/staff-invitations/{revoked_id}", by=admin)) == (404, "not-found")


def test_address_is_invited_once_at_a_time_and_once_per_key(shop: Shop, admin: Customer) -> None:
    body = {"email": _address(), "role_ids": [_PACKER], "language": "zh"}
    key = {"Idempotency-Key": uuid.uuid4().hex}

    first, repeated = (shop.ask("POST", "/admin/staff-invitations", by=admin, json=body, headers=key) for _ in range(2))
    second = shop.ask("POST", "/admin/staff-invitations", by=admin, json=body)

    assert first.status_code == 201
    assert first.json() == repeated.json()
    assert first.json()["language"] == "zh"
    assert refusal(second) == (409, "already-invited")


def test_unknown_roles_and_addresses_are_refused(shop: Shop, admin: Customer) -> None:
    bodies = [
        {"email": "pat", "role_ids": [_PACKER]},
        {"email": _address(), "role_ids": []},
        {"email": _address(), "role_ids": [2**52]},
        {"email": _address(), "role_ids": [_PACKER], "language": "fr"},
    ]

    answers = [shop.ask("POST", "/admin/staff-invitations", by=admin, json=body) for body in bodies]

    fields = [answer.json()["errors"][0]["field"] for answer in answers]
    assert fields == ["email", "role_ids", "role_ids", "language"]
