"""The second factor over HTTP; Shop.ask validates every response against docs/openapi.yaml."""

import base64
import time
from copy import replace
from typing import Any

import pytest
import requests

from microshop.second_factor.totp import code_of, step_at
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_PACKER = 3


@pytest.fixture
def pat(shop: Shop, admin: Customer) -> Customer:
    """A packer, logged in."""
    customer = shop.customer()
    shop.ask("PUT", f"/admin/staff/{customer.id}/roles", by=admin, json={"role_ids": [_PACKER]})
    return replace(customer, token=_log_in(shop, customer)["token"])


def _log_in(shop: Shop, who: Customer) -> dict[str, Any]:
    answer: dict[str, Any] = shop.ask(
        "POST", "/users/login", json={"email": who.email, "password": who.password}
    ).json()
    return answer


def _enrol(shop: Shop, who: Customer) -> tuple[bytes, int, requests.Response]:
    """Returns the secret, the step of the first code, and the confirmation."""
    begun = shop.ask("POST", "/admin/second-factor", by=who)
    assert begun.status_code == 200, begun.text
    secret, step = base64.b32decode(begun.json()["secret"]), step_at(time.time())
    return secret, step, shop.ask("POST", "/admin/second-factor/confirm", by=who, json={"code": code_of(secret, step)})


def _may_work(shop: Shop, who: Customer) -> bool:
    return bool(shop.ask("GET", "/admin/session", by=who).json()["scopes"])


def test_login_of_an_enrolled_member_takes_a_second_step(shop: Shop, pat: Customer) -> None:
    secret, step, confirmed = _enrol(shop, pat)
    assert confirmed.status_code == 200, confirmed.text
    assert len(confirmed.json()["recovery_codes"]) == 10
    assert _may_work(shop, replace(pat, token=confirmed.json()["token"]))
    assert shop.ask("GET", "/admin/session", by=pat).status_code == 401  # the token has been replaced

    login = _log_in(shop, pat)
    pending = replace(pat, token=login["token"])
    assert login["second_factor"] == "required"
    assert not _may_work(shop, pending)
    wrong = shop.ask("POST", "/admin/second-factor/verify", by=pending, json={"code": code_of(secret, step + 9)})
    # One step later, which is accepted now and after the next 30 seconds have begun.
    right = shop.ask("POST", "/admin/second-factor/verify", by=pending, json={"code": code_of(secret, step + 1)})

    assert refusal(wrong) == (403, "invalid-second-factor")
    assert right.status_code == 200, right.text
    assert _may_work(shop, replace(pat, token=right.json()["token"]))


def test_pending_session_cannot_remove_the_second_factor(shop: Shop, pat: Customer) -> None:
    _enrol(shop, pat)
    pending = replace(pat, token=_log_in(shop, pat)["token"])

    answer = shop.ask("DELETE", "/admin/second-factor", by=pending)

    assert refusal(answer) == (403, "second-factor-required")


def test_member_with_a_fresh_code_removes_the_second_factor(shop: Shop, pat: Customer) -> None:
    _, _, confirmed = _enrol(shop, pat)
    assert refusal(shop.ask("POST", "/admin/second-factor", by=replace(pat, token=confirmed.json()["token"]))) == (
        409,
        "already-enrolled",
    )

    removed = shop.ask("DELETE", "/admin/second-factor", by=replace(pat, token=confirmed.json()["token"]))

    assert removed.status_code == 204
    login = _log_in(shop, pat)
    assert login["second_factor"] is None
    assert _may_work(shop, replace(pat, token=login["token"]))


def test_recovery_code_signs_in_and_a_manager_resets(shop: Shop, pat: Customer, admin: Customer) -> None:
    _, _, confirmed = _enrol(shop, pat)
    code = confirmed.json()["recovery_codes"][0]
    pending = replace(pat, token=_log_in(shop, pat)["token"])

    signed_in = shop.ask("POST", "/admin/second-factor/verify", by=pending, json={"recovery_code": code})
    refused = shop.ask("DELETE", f"/admin/staff/{pat.id}/second-factor", by=pat)
    reset = shop.ask("DELETE", f"/admin/staff/{pat.id}/second-factor", by=admin)

    assert (signed_in.status_code, refused.status_code, reset.status_code) == (200, 401, 204)
    assert shop.ask("GET", "/admin/session", by=replace(pat, token=signed_in.json()["token"])).status_code == 401
    assert _log_in(shop, pat)["second_factor"] is None
    again = shop.ask("DELETE", f"/admin/staff/{pat.id}/second-factor", by=admin)
    assert refusal(again) == (409, "not-enrolled")


def test_customers_have_no_second_factor(shop: Shop, customer: Customer) -> None:
    assert refusal(shop.ask("POST", "/admin/second-factor", by=customer)) == (403, "forbidden")


def test_confirmation_and_verification_need_an_enrolment(shop: Shop, pat: Customer) -> None:
    for path in ("confirm", "verify"):
        answer = shop.ask("POST", f"/admin/second-factor/{path}", by=pat, json={"code": "123456"})
        assert refusal(answer) == (409, "not-enrolled")


def test_body_has_one_kind_of_code(shop: Shop, pat: Customer) -> None:
    for body in ({}, {"code": "12345"}, {"code": "123456", "recovery_code": "7k2m-x0qd-9fhr-w3ta"}):
        answer = shop.ask("POST", "/admin/second-factor/verify", by=pat, json=body)
        assert refusal(answer) == (400, "invalid-input")
