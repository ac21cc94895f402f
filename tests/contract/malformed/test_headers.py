"""Headers that are strange, broken or given twice: an answer or a 4xx problem; never a 500."""

import json
import uuid
from typing import Any

import pytest

from tests.support.hostile_text import shortened
from tests.support.product_builders import a_product_body
from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop

TOKEN = "x" * 43
NO_ENTITY_TAGS = [
    *("1", "0", "abc", '"', '"1', '1"', '"1" "2"', '"1",', ",", "**", "*, *", "W/", "W/*", "x" * 7000, "\xff"),
]  # fmt: skip
OTHER_ENTITY_TAGS = [
    *('"0"', '"2"', '"-1"', '"01"', '" 1"', '""', '"*"', '"1,2"', '"9999999999"', '"99999999999999999999"', '"\xff"'),
    *('W/"1"', 'W/"1-0123456789abcdef"', '"1-0123"', '"1-0123456789ABCDEF"', f'"{"1" * 7000}"', '"a", W/"1", "2"'),
    '"\xb9"',
]  # fmt: skip


@pytest.mark.parametrize(
    "value", ["", "*", '"', '"a', "W/", ",,,", '"a", *', "x" * 7000, "\xff", "'; DROP TABLE products"], ids=shortened
)
def test_any_entity_tag_is_an_answer_with_or_without_a_body(shop: Shop, value: str) -> None:
    assert exchange(shop.url, "GET", "/products/1", [("If-None-Match", value)])[0] in (200, 304)


@pytest.mark.parametrize("value", NO_ENTITY_TAGS, ids=shortened)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_if_match_that_is_no_entity_tag_is_refused_by_name(
    shop: Shop, admin: Customer, method: str, value: str
) -> None:
    product_id = shop.product()

    status, problem = _change(shop, admin, method, product_id, [("If-Match", value)])

    assert status == 400, problem
    assert [error["field"] for error in problem["errors"]] == ["If-Match"]


@pytest.mark.parametrize("value", OTHER_ENTITY_TAGS, ids=shortened)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_if_match_without_the_products_version_is_a_412(
    shop: Shop, admin: Customer, method: str, value: str
) -> None:
    product_id = shop.product()

    assert _change(shop, admin, method, product_id, [("If-Match", value)])[0] == 412
    assert shop.ask("GET", f"/products/{product_id}").json()["version"] == 1


@pytest.mark.parametrize("value", ["", "*", '"1"', '"1-0123456789abcdef"', '"a,b" , "1"', 'W/"3","1"', '  "1"  '])
def test_an_if_match_with_the_products_version_lets_it_be_archived(shop: Shop, admin: Customer, value: str) -> None:
    assert _change(shop, admin, "DELETE", shop.product(), [("If-Match", value)])[0] == 204


@pytest.mark.parametrize(
    "value", ["", "a b", "a\tb", "\xff", "schl\xfcssel", "\x7f", "x" * 129, "x" * 7000], ids=shortened
)
@pytest.mark.parametrize("path", ["/orders", "/products", "/products/{}/stock", "/orders/{}/refunds"])
def test_an_idempotency_key_that_is_none_is_refused_by_name(shop: Shop, admin: Customer, path: str, value: str) -> None:
    product_id = shop.product()
    before = shop.contents()

    status, problem = _post(shop, admin, path.format(product_id), product_id, [("Idempotency-Key", value)])

    assert status == 400, problem
    assert [error["field"] for error in problem["errors"]] == ["Idempotency-Key"]
    assert shop.contents() == before


@pytest.mark.parametrize("value", ["1", "x" * 128, '"quoted"', "';DROP/**/TABLE/**/orders;--", "%00", "a,b", "\\"])
def test_an_idempotency_key_may_be_any_visible_characters(shop: Shop, customer: Customer, value: str) -> None:
    product_id = shop.product()

    answers = [_post(shop, customer, "/orders", product_id, [("Idempotency-Key", value)]) for _ in range(2)]

    assert answers[0] == answers[1]
    assert answers[0][0] == 201


@pytest.mark.parametrize("names", [("Idempotency-Key", "Idempotency-Key"), ("Idempotency-Key", "idempotency-key")])
def test_two_idempotency_keys_are_refused_by_name(shop: Shop, customer: Customer, names: tuple[str, str]) -> None:
    product_id = shop.product()
    before = shop.contents()

    status, problem = _post(shop, customer, "/orders", product_id, [(name, "k-1") for name in names])

    assert status == 400, problem
    assert problem["errors"] == [{"field": "Idempotency-Key", "reason": "is given more than once"}]
    assert shop.contents() == before


@pytest.mark.parametrize("value", ["", "k-1"])
def test_a_key_without_effect_is_refused_before_anything_happens(shop: Shop, customer: Customer, value: str) -> None:
    order_id = shop.order(customer, shop.product())
    before = shop.contents()

    path, sent = f"/orders/{order_id}/cancel", [*customer.authorization.items(), ("Idempotency-Key", value)]
    status, problem = exchange(shop.url, "POST", path, sent)

    assert status == 400, problem
    assert [error["field"] for error in problem["errors"]] == ["Idempotency-Key"]
    assert shop.contents() == before


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


def _change(
    shop: Shop, admin: Customer, method: str, product_id: int, headers: list[tuple[str, str]]
) -> tuple[int, dict[str, Any]]:
    body = json.dumps(a_product_body(sku=uuid.uuid4().hex)).encode() if method == "PUT" else None
    return exchange(shop.url, method, f"/products/{product_id}", _headers(admin, headers), body)


def _post(
    shop: Shop, by: Customer, path: str, product_id: int, headers: list[tuple[str, str]]
) -> tuple[int, dict[str, Any]]:
    order = {"product_id": product_id, "quantity": 1, "address": "1 Main Street"}
    bodies = {"/orders": order, "/products": {"name": "Mug", "price": "9.50"}}
    body = bodies.get(path, {} if path.endswith("/refunds") else {"delta": 1, "reason": "counted"})
    return exchange(shop.url, "POST", path, _headers(by, headers), json.dumps(body).encode())


def _headers(by: Customer, more: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*by.authorization.items(), ("Content-Type", "application/json"), *more]
