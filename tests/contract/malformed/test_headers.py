"""Headers that are malformed, unusual or sent twice: success or a 4xx problem, never a 500."""

import json
import uuid
from typing import Any

import pytest

from tests.support.product_builders import a_product_body
from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_UNKNOWN_TOKEN = f"Bearer {'x' * 43}"
_NO_TOKENS = [
    *("", "Bearer ", "Bearer a b", "Bearer null", "Bearer \x01", "Basic YWRhOnNlY3JldA==", "\xff", ",", "'"),
    *(_UNKNOWN_TOKEN, f"Bearer {'x' * 7000}"),
]
_NO_ENTITY_TAGS = [
    *("1", "0", "abc", '"', '"1', '1"', '"1" "2"', '"1",', ",", "**", "*, *", "W/", "W/*", "x" * 7000, "\xff"),
]  # fmt: skip
_OTHER_ENTITY_TAGS = [
    *('"0"', '"2"', '"-1"', '"01"', '" 1"', '""', '"*"', '"1,2"', '"9999999999"', '"99999999999999999999"', '"\xff"'),
    *('W/"1"', 'W/"1-0123456789abcdef"', '"1-0123"', '"1-0123456789ABCDEF"', f'"{"1" * 7000}"', '"a", W/"1", "2"'),
    '"\xb9"',
]  # fmt: skip
# Each names version 1 of a product, or any.
_ENTITY_TAGS = ["", "*", '"1"', '"1-0123456789abcdef"', '"a,b" , "1"', 'W/"3","1"', '  "1"  ']
_NO_KEYS = ["", "a b", "a\tb", "\xff", "schl\xfcssel", "\x7f", "x" * 129, "x" * 7000]
_KEYS = ["1", "x" * 128, '"quoted"', "';DROP/**/TABLE/**/orders;--", "%00", "a,b", "\\"]


def test_an_authorization_without_a_valid_token_answers_401(shop: Shop) -> None:
    def status(value: str) -> int:
        return exchange(shop.url, "GET", "/users/profile", [("Authorization", value)])[0]

    assert wrong_answers(status, [(value, 401) for value in _NO_TOKENS]) == []


def test_a_wrong_token_beside_the_right_one_opens_no_other_account(shop: Shop, customer: Customer) -> None:
    right = f"Bearer {customer.token}"

    for values in ((right, _UNKNOWN_TOKEN), (_UNKNOWN_TOKEN, right)):
        status, body = exchange(shop.url, "GET", "/users/profile", [("Authorization", value) for value in values])
        assert status == 401 or body["id"] == customer.id


def test_a_malformed_if_none_match_matches_no_version(shop: Shop) -> None:
    no_versions = ["", '"', '"a', "W/", ",,,", "x" * 7000, "\xff", "'; DROP TABLE products"]
    rows = [*((value, 200) for value in no_versions), ("*", 304), ('"a", *', 304)]

    def status(value: str) -> int:
        return exchange(shop.url, "GET", "/products/1", [("If-None-Match", value)])[0]

    assert wrong_answers(status, rows) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_if_match_without_an_entity_tag_is_refused_by_name(shop: Shop, admin: Customer, method: str) -> None:
    product_id = shop.product()

    def refused(value: str) -> list[str]:
        return _refused(*_change(shop, admin, method, product_id, value))

    assert wrong_answers(refused, [(value, ["If-Match"]) for value in _NO_ENTITY_TAGS]) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_if_match_of_another_version_answers_412(shop: Shop, admin: Customer, method: str) -> None:
    product_id = shop.product()

    def status(value: str) -> int:
        return _change(shop, admin, method, product_id, value)[0]

    assert wrong_answers(status, [(value, 412) for value in _OTHER_ENTITY_TAGS]) == []
    assert shop.ask("GET", f"/products/{product_id}").json()["version"] == 1


def test_an_if_match_of_the_products_version_lets_it_be_archived(shop: Shop, admin: Customer) -> None:
    def status(value: str) -> int:
        return _change(shop, admin, "DELETE", shop.product(), value)[0]

    assert wrong_answers(status, [(value, 204) for value in _ENTITY_TAGS]) == []


def test_a_malformed_idempotency_key_is_refused_by_name(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()
    before = shop.contents()

    def refused(value: str) -> list[str]:
        return _refused(*_order(shop, admin, product_id, ("Idempotency-Key", value)))

    assert wrong_answers(refused, [(value, ["Idempotency-Key"]) for value in _NO_KEYS]) == []
    assert shop.contents() == before


def test_an_idempotency_key_may_be_any_visible_characters(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=len(_KEYS))

    answers = {
        value: [_order(shop, customer, product_id, ("Idempotency-Key", value)) for _ in range(2)] for value in _KEYS
    }

    assert {value: first[0] for value, (first, _) in answers.items()} == dict.fromkeys(_KEYS, 201)
    assert {value for value, (first, second) in answers.items() if first != second} == set()
    assert len({first[1]["id"] for first, _ in answers.values()}) == len(_KEYS)


@pytest.mark.parametrize("names", [("Idempotency-Key", "Idempotency-Key"), ("Idempotency-Key", "idempotency-key")])
def test_two_idempotency_keys_are_refused(shop: Shop, customer: Customer, names: tuple[str, str]) -> None:
    product_id = shop.product()
    before = shop.contents()

    status, problem = _order(shop, customer, product_id, *((name, "k-1") for name in names))

    assert status == 400, problem
    assert problem["errors"] == [{"field": "Idempotency-Key", "reason": "is given more than once"}]
    assert shop.contents() == before


def test_an_empty_idempotency_key_without_effect_is_refused_too(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    before = shop.contents()

    sent = [*customer.authorization.items(), ("Idempotency-Key", "")]
    answer = exchange(shop.url, "POST", f"/orders/{order_id}/cancel", sent)

    assert _refused(*answer) == ["Idempotency-Key"]
    assert shop.contents() == before


def test_a_header_that_is_sent_twice_has_its_last_value(shop: Shop, customer: Customer) -> None:
    kinds = ("application/json", "text/plain")

    last_is_json = _change_profile(shop, customer, *(("Content-Type", kind) for kind in reversed(kinds)))
    last_is_text = _change_profile(shop, customer, *(("Content-Type", kind) for kind in kinds))

    assert (last_is_json, last_is_text) == (200, 415)


def test_headers_that_the_shop_does_not_read_may_hold_anything(shop: Shop, customer: Customer) -> None:
    strange = [("Cookie", "a=\xff"), ("X-Strange", "\xe9\x80"), ("X-Request-Id", "a"), ("X-Request-Id", "b")]

    assert _change_profile(shop, customer, ("Content-Type", "application/json"), *strange) == 200


def test_a_malformed_trace_header_does_not_prevent_registration(shop: Shop) -> None:
    traces = ["Root=1-" + "f" * 4000, "Root=1-6b03; DROP TABLE outbox", "Root=\xe9\x80"]

    def status(trace: str) -> int:
        account = {"username": "Ada", "email": f"{uuid.uuid4().hex}@example.com", "password": "correct horse"}
        headers = [("Content-Type", "application/json"), ("X-Amzn-Trace-Id", trace)]
        return exchange(shop.url, "POST", "/users/register", headers, json.dumps(account).encode())[0]

    assert wrong_answers(status, [(trace, 201) for trace in traces]) == []


def _change(shop: Shop, by: Customer, method: str, product_id: int, if_match: str) -> tuple[int, dict[str, Any]]:
    body = json.dumps(a_product_body(sku=uuid.uuid4().hex)).encode() if method == "PUT" else None
    return exchange(shop.url, method, f"/products/{product_id}", _json_by(by, ("If-Match", if_match)), body)


def _order(shop: Shop, by: Customer, product_id: int, *headers: tuple[str, str]) -> tuple[int, dict[str, Any]]:
    body = {"product_id": product_id, "quantity": 1, "address": "1 Main Street"}
    return exchange(shop.url, "POST", "/orders", _json_by(by, *headers), json.dumps(body).encode())


def _change_profile(shop: Shop, by: Customer, *headers: tuple[str, str]) -> int:
    sent = [*by.authorization.items(), *headers]
    return exchange(shop.url, "PATCH", "/users/profile", sent, b'{"username": "Ada"}')[0]


def _json_by(by: Customer, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [*by.authorization.items(), ("Content-Type", "application/json"), *more]


def _refused(status: int, problem: dict[str, Any]) -> list[str]:
    """Returns the fields that a 400 names, or any other answer."""
    return [error["field"] for error in problem["errors"]] if status == 400 else [f"{status}: {problem}"]
