"""Forgotten passwords, verification and change of addresses over HTTP; Shop.ask checks each answer."""

import pytest

from microshop.mail_links.link import Purpose
from microshop.mail_links.repository import MailLinks
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_PASSWORD = "staple of a longer kind"


def _link(shop: Shop, customer: Customer, purpose: Purpose, email: str | None = None) -> str:
    return MailLinks(shop.database).issue(purpose, customer.id, email or customer.email)


def _log_in(shop: Shop, email: str, password: str) -> int:
    return shop.ask("POST", "/users/login", json={"email": email, "password": password}).status_code


def test_known_unknown_and_limited_addresses_get_the_same_response(shop: Shop, customer: Customer) -> None:
    emails = [customer.email, customer.email, "nobody@example.com"]
    headers = {"X-Request-Id": "the-same"}

    answers = [shop.ask("POST", "/users/password-reset", json={"email": email}, headers=headers) for email in emails]

    assert {answer.status_code for answer in answers} == {202}
    assert {answer.content for answer in answers} == {b""}
    assert len({tuple(sorted(set(answer.headers) - {"Date"})) for answer in answers}) == 1


def test_link_resets_the_password_once(shop: Shop, customer: Customer) -> None:
    body = {"token": _link(shop, customer, Purpose.RESET_PASSWORD), "password": _PASSWORD}

    answers = [shop.ask("POST", "/users/password-reset/confirm", json=body) for _ in range(2)]

    assert answers[0].status_code == 204
    assert refusal(answers[1]) == (409, "invalid-link")
    assert shop.ask("GET", "/users/profile", by=customer).status_code == 401
    assert _log_in(shop, customer.email, customer.password) == 401
    assert _log_in(shop, customer.email, _PASSWORD) == 200


@pytest.mark.parametrize("password", ["short", "password"])
def test_reset_refuses_the_passwords_that_registration_refuses(shop: Shop, customer: Customer, password: str) -> None:
    body = {"token": _link(shop, customer, Purpose.RESET_PASSWORD), "password": password}

    answer = shop.ask("POST", "/users/password-reset/confirm", json=body)

    assert refusal(answer) == (400, "invalid-input")
    assert [problem["field"] for problem in answer.json()["errors"]] == ["password"]


def test_link_verifies_the_address_and_the_profile_shows_it(shop: Shop, customer: Customer) -> None:
    body = {"token": _link(shop, customer, Purpose.VERIFY_EMAIL)}
    before = shop.ask("GET", "/users/profile", by=customer).json()["email_verified"]

    outcomes = [shop.ask("POST", "/users/email-verification/confirm", json=body).json() for _ in range(2)]

    assert outcomes == [{"outcome": "verified"}, {"outcome": "already-verified"}]
    assert (before, shop.ask("GET", "/users/profile", by=customer).json()["email_verified"]) == (False, True)


def test_second_request_for_a_verification_must_wait(shop: Shop, customer: Customer) -> None:
    answers = [shop.ask("POST", "/users/email-verification", by=customer) for _ in range(2)]

    assert answers[0].status_code == 202
    assert refusal(answers[1]) == (429, "too-many-attempts")


def test_unknown_token_verifies_nothing(shop: Shop) -> None:
    answer = shop.ask("POST", "/users/email-verification/confirm", json={"token": "x" * 43})

    assert refusal(answer) == (409, "invalid-link")


def test_address_changes_with_the_link_to_the_new_one(shop: Shop, customer: Customer) -> None:
    new = f"new-{customer.email}"
    asked = {"email": new.upper(), "current_password": customer.password}
    assert shop.ask("POST", "/users/email-change", by=customer, json=asked).status_code == 202
    assert _log_in(shop, new, customer.password) == 401

    token = _link(shop, customer, Purpose.CHANGE_EMAIL, new)
    answer = shop.ask("POST", "/users/email-change/confirm", json={"token": token})

    assert answer.status_code == 204
    assert shop.ask("GET", "/users/profile", by=customer).status_code == 401
    assert (_log_in(shop, customer.email, customer.password), _log_in(shop, new, customer.password)) == (401, 200)


def test_change_of_address_needs_the_password(shop: Shop, customer: Customer) -> None:
    asked = {"email": "new@example.com", "current_password": "wrong horse battery"}

    assert refusal(shop.ask("POST", "/users/email-change", by=customer, json=asked)) == (403, "wrong-password")


def test_taken_address_is_refused_when_the_link_is_used(shop: Shop, customer: Customer) -> None:
    other = shop.customer()
    asked = {"email": other.email, "current_password": customer.password}
    assert shop.ask("POST", "/users/email-change", by=customer, json=asked).status_code == 202

    token = _link(shop, customer, Purpose.CHANGE_EMAIL, other.email)
    answer = shop.ask("POST", "/users/email-change/confirm", json={"token": token})

    assert refusal(answer) == (409, "email-taken")
