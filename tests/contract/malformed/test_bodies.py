"""Malformed bodies over HTTP: a 4xx that names the error, never a 500, never a partial write.

One frame reads every body, so one endpoint shows what it refuses; every_endpoint/test_bodies.py asks all of them.
"""

import base64
import gzip
import json
from typing import Any

import pytest
from requests import Response

from microshop.http.body import MAX_BODY_BYTES
from tests.support.answers import refused_fields
from tests.support.product_builders import a_product_body
from tests.support.request_bodies import ADDRESS
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_JSON = {"Content-Type": "application/json"}
_ITEM = {"product_id": 1, "quantity": 1}
_ORDER = {"product_id": 1, "quantity": 1, "address": "1 Main Street", "payment_method": "card"}
_ORDER_OF_ITEMS = {"items": [_ITEM], "address": ADDRESS}
_PRODUCT = a_product_body(sku="KET-901")
_EXPORT = {"kind": "orders", "from": "2026-01-01", "to": "2026-01-31"}
# The body and the field that the answer names.
_MALFORMED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "body"),
    "blanks": (b" \r\n\t ", "body"),
    "an open brace": (b"{", "body"),
    "a missing value": (b'{"username":}', "body"),
    "a trailing comma": (b'{"username":"Ada",}', "body"),
    "a second object": (b"{}{}", "body"),
    "single quotes": (b"{'username':'Ada'}", "body"),
    "a comment": (b'{} // {"username":"Ada"}', "body"),
    "a list": (b'["username"]', "body"),
    "a string": (b'"username"', "body"),
    "a number": (b"1", "body"),
    "null": (b"null", "body"),
    "true": (b"true", "body"),
    "a form": (b"username=Ada", "body"),
    "XML": (b"<username>Ada</username>", "body"),
    "NaN": (b'{"username":NaN}', "body"),
    "Infinity": (b'{"username":-Infinity}', "body"),
    "a float beyond all": (b'{"username":1e999}', "body"),
    "an endless integer": (b'{"username":' + b"9" * 200_000 + b"}", "body"),
    "an endless fraction": (b'{"username":0.' + b"9" * 200_000 + b"}", "body"),
    "nested lists": (b'{"username":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body"),
    "nested objects": (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, "body"),
    "nested lists that never end": (b"[" * 200_000, "body"),
    "a raw control character": (b'{"username":"A\x00da"}', "body"),
    "a raw line break": (b'{"username":"A\nda"}', "body"),
    "a byte order mark": (b'\xef\xbb\xbf{"username":"Ada"}', "body"),
    "base64": (base64.b64encode(b'{"username":"Ada"}'), "body"),
    "a key twice": (b'{"username":"Ada","username":"Eve"}', "username"),
    "a key twice, once escaped": (b'{"username":"Ada","\\u0075sername":"Eve"}', "username"),
    "an unknown key": (b'{"username":"Ada","role":"admin"}', "role"),
    "a key that Python knows": (b'{"__class__":"Ada"}', "__class__"),
    "a key of NUL": (b'{"\\u0000":"Ada"}', "body"),
    "a key of a lone surrogate": (b'{"\\ud800":"Ada"}', "body"),
    "a deep lone surrogate": (b'{"username":{"a":["\\udfff"]}}', "username.a.0"),
    "two surrogates the wrong way round": (b'{"username":"\\ude00\\ud83d"}', "username"),
}
_NOT_UTF_8 = {
    "UTF-16": '{"username":"Ada"}'.encode("utf-16"),
    "gzip": gzip.compress(b'{"username":"Ada"}'),
    "random bytes": bytes(range(256)),
}
# A body that keeps its own form and breaks a rule of the shop, and the field that the answer names.
_AGAINST_A_RULE: list[tuple[str, dict[str, Any], str]] = [
    ("POST /products", {**_PRODUCT, "price": "1.999"}, "price"),  # finer than a cent
    ("POST /products", {**_PRODUCT, "price": 1.999}, "price"),
    ("POST /products", {**_PRODUCT, "price": "100000000"}, "price"),
    ("PUT /products/1", {**_PRODUCT, "version": 1, "price": "1.999"}, "price"),
    ("POST /products/1/stock", {"delta": 0, "reason": "counted"}, "delta"),
    ("POST /products/1/stock", {"delta": -1, "reason": "counted", "kind": "received"}, "delta"),
    ("POST /orders", {**_ORDER, "items": [_ITEM]}, "product_id"),
    ("POST /orders", {**_ORDER, "quantity": 1000}, "quantity"),
    ("POST /orders", {**_ORDER, "address": "1 Main\u000bStreet"}, "address"),
    ("POST /orders", {**_ORDER, "address": " \n "}, "address"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "items": []}, "items"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "items": [_ITEM] * 51}, "items"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "items": [{**_ITEM, "quantity": 500}] * 2}, "items.0.quantity"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "items": [{"product_id": 1}]}, "items.0.quantity"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "items": [{**_ITEM, "price": 0}]}, "items.0.price"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "address": {**ADDRESS, "country": "UK"}}, "address.country"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "address": {**ADDRESS, "planet": "Earth"}}, "address.planet"),
    ("POST /orders", {**_ORDER_OF_ITEMS, "address": {**ADDRESS, "city": "Lon\ndon"}}, "address.city"),
    ("PUT /orders/1/status", {"status": "delivered", "carrier": "DHL", "tracking_number": "JD1"}, "carrier"),
    ("PUT /orders/1/status", {"status": "cancelled"}, "status"),
    ("POST /orders/1/refunds", {"restock": [_ITEM] * 2}, "restock"),
    ("POST /orders/1/refunds", {"restock": [_ITEM] * 51}, "restock"),
    ("POST /orders/1/refunds", {"restock": [{**_ITEM, "quantity": 0}]}, "restock.0.quantity"),
    ("POST /exports", {**_EXPORT, "to": "2025-12-31"}, "to"),
    ("POST /exports", {**_EXPORT, "to": "2027-01-02"}, "to"),  # 367 days
    ("POST /exports", {**_EXPORT, "from": "2026-02-30"}, "from"),
    ("POST /exports", {**_EXPORT, "kind": "users"}, "kind"),
    ("POST /exports", {**_EXPORT, "cursor": "bm9uZQ"}, "cursor"),
]

pytestmark = pytest.mark.usefixtures("unchanged")


def test_a_malformed_body_is_refused_by_name(shop: Shop, somebody: Customer) -> None:
    def refused(case: str) -> list[str]:
        return refused_fields(_change_profile(shop, somebody, _MALFORMED[case][0]))

    assert wrong_answers(refused, [(case, [field]) for case, (_, field) in _MALFORMED.items()]) == []


def test_a_body_that_is_not_utf_8_is_refused(shop: Shop, somebody: Customer) -> None:
    def refused(case: str) -> list[str]:
        return refused_fields(_change_profile(shop, somebody, _NOT_UTF_8[case]))

    assert wrong_answers(refused, [(case, ["body"]) for case in _NOT_UTF_8]) == []


def test_a_body_that_breaks_a_rule_of_the_shop_is_refused_by_name(shop: Shop, admin: Customer) -> None:
    def refused(endpoint: str, body: dict[str, Any]) -> list[str]:
        return refused_fields(_send(shop, endpoint, admin, json.dumps(body)))

    assert wrong_answers(refused, [(endpoint, body, [field]) for endpoint, body, field in _AGAINST_A_RULE]) == []


def test_every_wrong_field_inside_a_body_is_named_at_once(shop: Shop, somebody: Customer) -> None:
    items = [{"product_id": 1, "quantity": 0}, {"quantity": 1}, 17]
    body = json.dumps({"items": items, "address": {**ADDRESS, "city": 5, "phone": 17}, "total": 0})

    answer = _send(shop, "POST /orders", somebody, body)

    assert sorted(refused_fields(answer)) == [
        *("address.city", "address.phone", "items.0.quantity", "items.1.product_id", "items.2", "total"),
    ]


def test_a_refused_password_is_not_repeated_in_the_answer(shop: Shop, somebody: Customer) -> None:
    body = json.dumps({"username": "Ada", "email": "bad-input@example.com", "password": "hunter2"})

    answer = _send(shop, "POST /users/register", somebody, body)

    assert refused_fields(answer) == ["password"]
    assert "hunter2" not in answer.text


def test_every_content_encoding_except_identity_answers_415(shop: Shop, somebody: Customer) -> None:
    def status(encoding: str) -> int:
        return _send(shop, "PATCH /users/profile", somebody, "{}", {"Content-Encoding": encoding}).status_code

    assert wrong_answers(status, [(each, 415) for each in ("gzip", "br", "deflate, gzip", "nonsense")]) == []


def test_every_media_type_except_json_answers_415(shop: Shop, somebody: Customer) -> None:
    kinds = ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "nonsense", ""]

    def status(kind: str) -> int:
        return _send(shop, "PATCH /users/profile", somebody, "{}", {"Content-Type": kind}).status_code

    assert wrong_answers(status, [(each, 415) for each in kinds]) == []


def test_a_body_of_256_kib_is_read_and_a_longer_one_answers_413(shop: Shop, somebody: Customer) -> None:
    sizes = [MAX_BODY_BYTES, MAX_BODY_BYTES + 1, MAX_BODY_BYTES + 1024, 2 * MAX_BODY_BYTES]

    answers = [_change_profile(shop, somebody, _sized(size)) for size in sizes]

    assert [answer.status_code for answer in answers] == [400, 413, 413, 413]
    assert refused_fields(answers[0]) == ["padding"]


def test_a_body_is_measured_in_bytes_and_not_in_characters(shop: Shop, somebody: Customer) -> None:
    body = json.dumps({"username": "😀" * (MAX_BODY_BYTES // 4)}, ensure_ascii=False).encode()

    assert _change_profile(shop, somebody, body).status_code == 413


def _change_profile(shop: Shop, by: Customer, body: bytes) -> Response:
    return _send(shop, "PATCH /users/profile", by, body)


def _send(
    shop: Shop, endpoint: str, by: Customer, body: str | bytes, headers: dict[str, str] | None = None
) -> Response:
    method, path = endpoint.split()
    return shop.ask(method, path, by=by, body=body, headers={**_JSON, **(headers or {})})


def _sized(size: int) -> bytes:
    frame = b'{"username": "Ada", "padding": "%s"}'
    return frame % (b"x" * (size - len(frame) + 2))
