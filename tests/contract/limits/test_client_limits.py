"""Limits on requests without a token, by the client's network address."""

import itertools
from collections.abc import Callable
from copy import replace

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_NUMBERS = itertools.count(2)
_TOKEN = "A" * 43


class _From(HTTPAdapter):
    """Sends requests from an address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: object, **options: object) -> None:
        super().init_poolmanager(*arguments, **options, source_address=(self._address, 0))  # type: ignore[no-untyped-call]


@pytest.fixture
def at_client(limited_shop: Shop) -> Callable[[], Shop]:
    """Makes clients of the same shop. Each has a network address that no other test uses."""

    def client() -> Shop:
        session = requests.Session()
        session.mount("http://", _From(f"127.0.1.{next(_NUMBERS)}"))
        return replace(limited_shop, _session=session)

    return client


def _log_in(client: Shop, email: str, password: str) -> requests.Response:
    return client.ask("POST", "/users/login", json={"email": email, "password": password})


def _register(client: Shop, **headers: str) -> requests.Response:
    number = next(_NUMBERS)
    body = {"username": "Ada", "email": f"limited-{number}@example.com", "password": "correct horse battery"}
    return client.ask("POST", "/users/register", json=body, headers=headers)


@pytest.fixture
def customer(limited_shop: Shop) -> Customer:
    return limited_shop.customer()


def test_logins_of_a_client_are_limited_over_all_accounts(at_client: Callable[[], Shop]) -> None:
    client = at_client()

    answers = [_log_in(client, f"nobody-{number}@example.com", "wrong horse battery") for number in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert refusal(answers[3]) == (429, "quota-exceeded")
    assert answers[0].headers["RateLimit-Policy"] == '"logins";q=3;w=3600'
    assert answers[3].headers["RateLimit"] == f'"logins";r=0;t={answers[3].headers["Retry-After"]}'


def test_a_limited_client_does_not_limit_another_one(at_client: Callable[[], Shop], customer: Customer) -> None:
    stranger, owner = at_client(), at_client()
    for _ in range(4):
        _log_in(stranger, customer.email, "wrong horse battery")

    assert _log_in(stranger, customer.email, customer.password).status_code == 429
    assert _log_in(owner, customer.email, customer.password).status_code == 200


def test_registrations_of_a_client_are_limited(at_client: Callable[[], Shop]) -> None:
    client = at_client()

    assert [_register(client).status_code for _ in range(3)] == [201, 201, 429]


def test_a_client_cannot_choose_its_address(at_client: Callable[[], Shop]) -> None:
    client = at_client()

    answers = [
        _register(
            client,
            **{
                "X-Forwarded-For": f"203.0.113.{number}",
                "X-Client-Address": f"203.0.113.{number}",
                "X-Amzn-Waf-From-Distribution": "yes",
            },
        )
        for number in range(3)
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 429]


def test_a_client_can_have_few_mails_sent(at_client: Callable[[], Shop]) -> None:
    client = at_client()

    answers = [
        client.ask("POST", "/users/password-reset", json={"email": f"victim-{number}@example.com"})
        for number in range(3)
    ]

    assert [answer.status_code for answer in answers] == [202, 202, 429]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/password-reset/confirm", {"token": _TOKEN, "password": "correct horse battery"}),
        ("/users/email-verification/confirm", {"token": _TOKEN}),
        ("/users/email-change/confirm", {"token": _TOKEN}),
        ("/admin/staff-invitations/accept", {"token": _TOKEN, "password": "correct horse battery"}),
    ],
)
def test_a_client_can_try_few_links(at_client: Callable[[], Shop], path: str, body: dict[str, str]) -> None:
    client = at_client()

    answers = [client.ask("POST", path, json=body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [409, 409, 429]


def test_an_owner_logs_in_from_a_known_client_while_strangers_guess(
    at_client: Callable[[], Shop], customer: Customer
) -> None:
    owner = at_client()
    assert _log_in(owner, customer.email, customer.password).status_code == 200

    guesses = [_log_in(at_client(), customer.email, "wrong horse battery") for _ in range(25)]

    assert (429, "too-many-attempts") in [refusal(guess) for guess in guesses]
    assert _log_in(owner, customer.email, customer.password).status_code == 200
