"""Accounts: registration, login, profile and password; Shop.ask checks each answer against the description."""

import json

import pytest

from microshop.users.sessions import Sessions
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_UNUSED_ID = 2**62


def test_registering_answers_201_with_the_location_of_the_profile(shop: Shop) -> None:
    account = {"username": "Ada", "email": "new@example.com", "password": "correct horse battery", "language": "zh"}

    answer = shop.ask("POST", "/users/register", json=account)

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/users/profile"


def test_both_forms_of_an_internationalised_domain_are_one_account(shop: Shop) -> None:
    account = {"username": "Ada", "email": "ada@bücher.example", "password": "correct horse battery"}
    in_ascii = {**account, "email": "Ada@XN--BCHER-KVA.example"}

    assert shop.ask("POST", "/users/register", json=account).status_code == 201
    assert shop.ask("POST", "/users/register", json=in_ascii).status_code == 409
    assert shop.ask("POST", "/users/login", json={name: in_ascii[name] for name in ("email", "password")}).ok


def test_registering_an_address_again_in_capitals_answers_409(shop: Shop, customer: Customer) -> None:
    account = {"username": "Ada", "email": f" {customer.email.upper()} ", "password": "correct horse battery"}

    answer = shop.ask("POST", "/users/register", json=account)

    assert refusal(answer) == (409, "email-taken")


def test_logging_in_answers_200_with_a_valid_token(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("POST", "/users/login", json={"email": customer.email, "password": customer.password})

    assert answer.status_code == 200
    opened = Customer(customer.id, customer.email, customer.password, answer.json()["token"])
    assert shop.ask("GET", "/users/profile", by=opened).json() == answer.json()["user"]


@pytest.mark.parametrize("scheme", ["", "bearer ", "BEARER  "])
def test_a_token_is_accepted_without_bearer_and_in_any_case_of_it(shop: Shop, customer: Customer, scheme: str) -> None:
    answer = shop.ask("GET", "/users/profile", headers={"Authorization": f"{scheme}{customer.token}"})

    assert answer.status_code == 200


def test_an_unknown_address_and_a_wrong_password_get_the_same_401(shop: Shop, customer: Customer) -> None:
    wrong = shop.ask("POST", "/users/login", json={"email": customer.email, "password": "wrong horse battery"})
    unknown = shop.ask("POST", "/users/login", json={"email": "nobody@example.com", "password": "wrong horse battery"})

    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


def test_guessing_a_password_answers_429_after_some_attempts(shop: Shop, customer: Customer) -> None:
    guess = {"email": customer.email, "password": "wrong horse battery"}

    # Each wait is twice as long as the one before, so at some time a guess comes too early.
    answers = (shop.ask("POST", "/users/login", json=guess) for _ in range(20))
    refused_after, refused = next((n, answer) for n, answer in enumerate(answers) if answer.status_code != 401)

    assert refused_after >= 5
    assert refusal(refused) == (429, "too-many-attempts")


def test_logging_out_answers_204_and_ends_the_session(shop: Shop, customer: Customer) -> None:
    assert shop.ask("POST", "/users/logout", by=customer).status_code == 204

    assert shop.ask("GET", "/users/profile", by=customer).status_code == 401


def test_the_profile_is_that_of_the_caller(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("GET", "/users/profile", by=customer)

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["email"]) == (customer.id, customer.email)


def test_changing_the_profile_answers_200_with_the_change(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("PATCH", "/users/profile", by=customer, json={"username": "Countess 👑", "language": "zh"})

    assert answer.status_code == 200
    assert (answer.json()["username"], answer.json()["language"]) == ("Countess 👑", "zh")


def test_changing_the_password_ends_every_other_session(shop: Shop, customer: Customer) -> None:
    token = Sessions(shop.redis).open(customer.id, 3600).token
    other = Customer(customer.id, customer.email, customer.password, token)
    change = {"current_password": customer.password, "new_password": "staple of a longer kind"}

    answer = shop.ask("PUT", "/users/password", by=customer, json=change)

    assert answer.status_code == 204
    assert shop.ask("GET", "/users/profile", by=other).status_code == 401
    assert shop.ask("GET", "/users/profile", by=customer).status_code == 200


def test_a_wrong_current_password_answers_403(shop: Shop, customer: Customer) -> None:
    change = {"current_password": "wrong horse battery", "new_password": "staple of a longer kind"}

    answer = shop.ask("PUT", "/users/password", by=customer, json=change)

    assert refusal(answer) == (403, "wrong-password")


def test_a_deleted_account_answers_404_while_its_session_lasts(shop: Shop) -> None:
    session = Sessions(shop.redis).open(_UNUSED_ID, 3600)
    gone = Customer(_UNUSED_ID, "gone@example.com", "", session.token)
    change = {"current_password": "correct horse battery", "new_password": "staple of a longer kind"}

    answers = [
        shop.ask("GET", "/users/profile", by=gone),
        shop.ask("PATCH", "/users/profile", by=gone, json={"username": "Ada"}),
        shop.ask("PUT", "/users/password", by=gone, json=change),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_recognised_only_by_its_media_type(shop: Shop, customer: Customer, kind: str) -> None:
    body = json.dumps({"username": "Ada"})

    answer = shop.ask("PATCH", "/users/profile", by=customer, body=body, headers={"Content-Type": kind})

    assert answer.status_code == 200
