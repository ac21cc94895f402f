"""Headers that are strange, broken or given twice: an answer or a 4xx problem; never a 500."""

import json
import uuid

import pytest

from tests.support.hostile_text import shortened
from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop

TOKEN = "x" * 43


@pytest.mark.parametrize(
    "value", ["", "*", '"', '"a', "W/", ",,,", '"a", *', "x" * 7000, "\xff", "'; DROP TABLE products"], ids=shortened
)
def test_any_entity_tag_is_an_answer_with_or_without_a_body(shop: Shop, value: str) -> None:
    assert exchange(shop.url, "GET", "/products/1", [("If-None-Match", value)])[0] in (200, 304)


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "application/json"), ("Content-Type", "text/plain")],
        [("Content-Type", "text/plain"), ("Content-Type", "application/json")],
        [("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("Content-Encoding", "identity")],
        [("Content-Type", "application/json"), ("X-Request-Id", "a"), ("X-Request-Id", "b")],
        [("Content-Type", "application/json"), ("Cookie", "a=\xff"), ("X-Strange", "\xe9\x80")],
    ],
)
def test_headers_given_twice_or_in_no_known_encoding_never_fail(
    shop: Shop, customer: Customer, headers: list[tuple[str, str]]
) -> None:
    sent = [*headers, ("Authorization", f"Bearer {customer.token}")]

    status, problem = exchange(shop.url, "PATCH", "/users/profile", sent, b'{"username": "Ada"}')

    assert status in (200, 415), problem


@pytest.mark.parametrize(
    "value", [f"Bearer {TOKEN}", f"Bearer {'x' * 7000}", "\xff", "Bearer \x01", ",", "Bearer null", "'"], ids=shortened
)
def test_any_authorization_that_is_no_token_is_a_401(shop: Shop, value: str) -> None:
    assert exchange(shop.url, "GET", "/users/profile", [("Authorization", value)])[0] == 401


def test_of_two_authorizations_no_wrong_one_opens_what_the_right_one_would_not(shop: Shop, customer: Customer) -> None:
    right, wrong = f"Bearer {customer.token}", f"Bearer {TOKEN}"

    for values in ((right, wrong), (wrong, right)):
        status, body = exchange(shop.url, "GET", "/users/profile", [("Authorization", value) for value in values])
        assert status == 401 or body["id"] == customer.id


@pytest.mark.parametrize(
    "trace", ["Root=1-" + "f" * 4000, "Root=1-6b03; DROP TABLE outbox", "Root=\xe9\x80"], ids=shortened
)
def test_a_strange_trace_header_does_not_keep_an_account_from_being_made(shop: Shop, trace: str) -> None:
    account = {"username": "Ada", "email": f"{uuid.uuid4().hex}@example.com", "password": "correct horse"}
    headers = [("Content-Type", "application/json"), ("X-Amzn-Trace-Id", trace)]

    status, answer = exchange(shop.url, "POST", "/users/register", headers, json.dumps(account).encode())

    assert status == 201, answer
