"""What accounts are answered is what the description says; Shop.ask checks every answer against it."""

import json

import pytest

from microshop.http.body import MAX_BODY_BYTES
from microshop.users.sessions import Sessions
from tests.support.api_description import Operation, operations
from tests.support.shop import Customer, Shop

BODIES = [found for found in operations() if "requestBody" in found.description]
# A signed one may be declared as anything.
JSON_BODIES = [found for found in BODIES if "415" in found.description["responses"]]
GUARDED = [found for found in operations() if found.needs_token]
UNUSED = 2**62


def test_registering_answers_201_with_where_the_account_is(shop: Shop) -> None:
    account = {"username": "Ada", "email": "new@example.com", "password": "correct horse battery", "language": "zh"}

    answer = shop.ask("POST", "/users/register", json=account)

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/users/profile"


def test_both_forms_of_an_internationalised_domain_are_one_account(shop: Shop) -> None:
    account = {"username": "Ada", "email": "ada@bücher.example", "password": "correct horse battery"}
    again = {**account, "email": "Ada@XN--BCHER-KVA.example"}

    assert shop.ask("POST", "/users/register", json=account).status_code == 201
    assert shop.ask("POST", "/users/register", json=again).status_code == 409
    assert shop.ask("POST", "/users/login", json={name: again[name] for name in ("email", "password")}).ok


def test_registering_an_address_twice_answers_409_however_it_is_written(shop: Shop, customer: Customer) -> None:
    account = {"username": "Ada", "email": f" {customer.email.upper()} ", "password": "correct horse battery"}

    answer = shop.ask("POST", "/users/register", json=account)

    assert (answer.status_code, _kind(answer.json())) == (409, "email-taken")


def test_logging_in_answers_200_with_a_token_that_works(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("POST", "/users/login", json={"email": customer.email, "password": customer.password})

    assert answer.status_code == 200
    opened = Customer(customer.id, customer.email, customer.password, answer.json()["token"])
    assert shop.ask("GET", "/users/profile", by=opened).json() == answer.json()["user"]


def test_a_bare_token_works_as_well(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("GET", "/users/profile", headers={"Authorization": customer.token})

    assert answer.status_code == 200


def test_an_unknown_address_and_a_wrong_password_get_the_same_401(shop: Shop, customer: Customer) -> None:
    wrong = shop.ask("POST", "/users/login", json={"email": customer.email, "password": "wrong horse battery"})
    unknown = shop.ask("POST", "/users/login", json={"email": "nobody@example.com", "password": "wrong horse battery"})

    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


def test_guessing_a_password_answers_429_with_how_long_to_wait(shop: Shop, customer: Customer) -> None:
    guess = {"email": customer.email, "password": "wrong horse battery"}

    # Each wait ends at some time, and the next is twice as long: sooner or later a guess comes too early.
    answers = (shop.ask("POST", "/users/login", json=guess) for _ in range(20))
    refused_after, refusal = next((n, answer) for n, answer in enumerate(answers) if answer.status_code != 401)

    assert refused_after >= 5
    assert (refusal.status_code, _kind(refusal.json())) == (429, "too-many-attempts")


def test_logging_out_answers_204_and_ends_the_token(shop: Shop, customer: Customer) -> None:
    assert shop.ask("POST", "/users/logout", by=customer).status_code == 204

    assert shop.ask("GET", "/users/profile", by=customer).status_code == 401


def test_the_profile_answers_200_to_its_owner(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("GET", "/users/profile", by=customer)

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["email"]) == (customer.id, customer.email)


def test_changing_the_profile_answers_200_with_the_change(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("PATCH", "/users/profile", by=customer, json={"username": "Countess 👑", "language": "zh"})

    assert answer.status_code == 200
    assert (answer.json()["username"], answer.json()["language"]) == ("Countess 👑", "zh")


def test_changing_the_password_answers_204_and_ends_other_sessions_only(shop: Shop, customer: Customer) -> None:
    token = Sessions(shop.redis).open(customer.id, "customer", 3600).token
    other = Customer(customer.id, customer.email, customer.password, token)
    change = {"current_password": customer.password, "new_password": "staple of a longer kind"}

    answer = shop.ask("PUT", "/users/password", by=customer, json=change)

    assert answer.status_code == 204
    assert shop.ask("GET", "/users/profile", by=other).status_code == 401
    assert shop.ask("GET", "/users/profile", by=customer).status_code == 200


def test_a_wrong_current_password_answers_403(shop: Shop, customer: Customer) -> None:
    change = {"current_password": "wrong horse battery", "new_password": "staple of a longer kind"}

    answer = shop.ask("PUT", "/users/password", by=customer, json=change)

    assert (answer.status_code, _kind(answer.json())) == (403, "wrong-password")


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_the_profile_of_an_account_that_is_gone_answers_404(shop: Shop, method: str) -> None:
    gone = _somebody_gone(shop)

    answer = shop.ask(method, "/users/profile", by=gone, json={"username": "Ada"} if method == "PATCH" else None)

    assert answer.status_code == 404


def test_the_password_of_an_account_that_is_gone_answers_404(shop: Shop) -> None:
    change = {"current_password": "correct horse battery", "new_password": "staple of a longer kind"}

    assert shop.ask("PUT", "/users/password", by=_somebody_gone(shop), json=change).status_code == 404


@pytest.mark.parametrize("found", GUARDED, ids=lambda found: found.name)
@pytest.mark.parametrize("sent", ["nothing", "an unknown token", "another scheme", "two words", "an empty token"])
def test_what_needs_a_token_answers_401_without_one_that_works(shop: Shop, found: Operation, sent: str) -> None:
    headers = {
        "nothing": {},
        "an unknown token": {"Authorization": f"Bearer {'x' * 43}"},
        "another scheme": {"Authorization": "Basic YWRhOnNlY3JldA=="},
        "two words": {"Authorization": "Bearer a b"},
        "an empty token": {"Authorization": "Bearer "},
    }[sent]

    answer = shop.ask(found.method, _path(found), headers=headers, json={} if found in BODIES else None)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("found", BODIES, ids=lambda found: found.name)
def test_a_body_of_more_than_256_kib_answers_413(shop: Shop, admin: Customer, found: Operation) -> None:
    body = json.dumps({"username": "x" * MAX_BODY_BYTES})

    answer = shop.ask(found.method, _path(found), by=admin, body=body, headers=_JSON)

    assert answer.status_code == 413


@pytest.mark.parametrize("found", JSON_BODIES, ids=lambda found: found.name)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "nonsense", ""]
)
def test_a_body_that_is_not_declared_as_json_answers_415(
    shop: Shop, admin: Customer, found: Operation, kind: str
) -> None:
    answer = shop.ask(found.method, _path(found), by=admin, body=b"{}", headers={"Content-Type": kind})

    assert answer.status_code == 415


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_known_by_its_media_type_alone(shop: Shop, customer: Customer, kind: str) -> None:
    body = json.dumps({"username": "Ada"})

    answer = shop.ask("PATCH", "/users/profile", by=customer, body=body, headers={"Content-Type": kind})

    assert answer.status_code == 200


_JSON = {"Content-Type": "application/json"}


def _kind(problem: dict[str, str]) -> str:
    return problem["type"].rpartition(":")[2]


def _path(found: Operation) -> str:
    return found.path.removeprefix("/api/v1").replace("{id}", "1")


def _somebody_gone(shop: Shop) -> Customer:
    return Customer(UNUSED, "gone@example.com", "", Sessions(shop.redis).open(UNUSED, "customer", 3600).token)
