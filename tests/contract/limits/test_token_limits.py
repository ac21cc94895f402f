"""Limits on requests with a token: of a session, an API key, an account, and of what is asked."""

from copy import replace

import requests

from microshop.users.sessions import Sessions
from tests.contract.conftest import LOW_LIMITS
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_OF_SESSION = int(LOW_LIMITS["SessionRequestsPerMinute"])
_OF_ACCOUNT = int(LOW_LIMITS["AccountRequestsPerMinute"])


def _state(answer: requests.Response) -> dict[str, tuple[int, int]]:
    """What RateLimit says: name → r and t."""
    items = [item.split(";") for item in answer.headers["RateLimit"].split(", ")]
    return {name.strip('"'): (int(r.removeprefix("r=")), int(t.removeprefix("t="))) for name, r, t in items}


def _profile(shop: Shop, customer: Customer) -> requests.Response:
    return shop.ask("GET", "/users/profile", by=customer)


def _another_session(shop: Shop, customer: Customer) -> Customer:
    return replace(customer, token=Sessions(shop.redis).open(customer.id, 3600).token)


def test_answers_say_what_is_left(limited_shop: Shop) -> None:
    customer = limited_shop.customer()

    first, second = _profile(limited_shop, customer), _profile(limited_shop, customer)

    assert first.headers["RateLimit-Policy"] == '"session";q=6;w=60, "account";q=9;w=60'
    assert {name: r for name, (r, _) in _state(first).items()} == {"session": 5, "account": 8}
    assert {name: r for name, (r, _) in _state(second).items()} == {"session": 4, "account": 7}


def test_requests_beyond_a_limit_answer_429_until_retry_after(limited_shop: Shop) -> None:
    customer = limited_shop.customer()

    answers = [_profile(limited_shop, customer) for _ in range(_OF_SESSION + 1)]

    refused = answers[-1]
    assert [answer.status_code for answer in answers[:-1]] == [200] * _OF_SESSION
    assert refusal(refused) == (429, "quota-exceeded")
    assert _state(refused)["session"] == (0, int(refused.headers["Retry-After"]))


def test_a_session_does_not_use_up_another_one(limited_shop: Shop) -> None:
    customer = limited_shop.customer()
    for _ in range(_OF_SESSION + 1):
        _profile(limited_shop, customer)

    assert _profile(limited_shop, _another_session(limited_shop, customer)).status_code == 200


def test_an_account_cannot_evade_its_limit_with_more_sessions(limited_shop: Shop) -> None:
    customer, stranger = limited_shop.customer(), limited_shop.customer()
    sessions = [_another_session(limited_shop, customer) for _ in range(_OF_ACCOUNT + 1)]

    answers = [_profile(limited_shop, session) for session in sessions]

    assert [answer.status_code for answer in answers] == [200] * _OF_ACCOUNT + [429]
    assert "limit account " in answers[-1].json()["detail"]
    assert _profile(limited_shop, stranger).status_code == 200


def test_orders_are_limited_per_account_and_reads_are_not(limited_shop: Shop) -> None:
    customer, product = limited_shop.customer(), limited_shop.product()
    body = {"product_id": product, "quantity": 1, "address": "1 Main Street"}

    answers = [limited_shop.ask("POST", "/orders", by=customer, json=body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert _state(answers[-1])["orders"][0] == 0
    assert limited_shop.ask("GET", "/orders", by=customer).status_code == 200


def test_started_payments_are_limited_per_account(limited_shop: Shop) -> None:
    customer = limited_shop.customer()
    order = limited_shop.order(customer, limited_shop.product())

    answers = [limited_shop.ask("POST", f"/orders/{order}/payment", by=customer) for _ in range(4)]

    assert refusal(answers[-1]) == (429, "quota-exceeded")
    assert [answer.status_code for answer in answers].count(429) == 1
    assert answers[-1].headers["RateLimit-Policy"].endswith('"payments";q=3;w=3600')


def test_a_refused_order_has_no_effect(limited_shop: Shop) -> None:
    customer, product = limited_shop.customer(), limited_shop.product(stock=5)
    body = {"product_id": product, "quantity": 1, "address": "1 Main Street"}

    for _ in range(4):
        limited_shop.ask("POST", "/orders", by=customer, json=body)

    assert len(limited_shop.ask("GET", "/orders", by=customer).json()["items"]) == 2
    assert limited_shop.ask("GET", f"/products/{product}").json()["stock"] == 3
