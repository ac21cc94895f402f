"""Bad bodies and headers over HTTP: a 4xx problem that names what is wrong, never a 500, never a partial write."""

import base64
import copy
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from requests import Response

from microshop.http.body import MAX_BODY_BYTES
from tests.support.hostile_text import EMOJI, OPERATORS
from tests.support.product_builders import a_product_body
from tests.support.shop import Customer, Shop

JSON = {"Content-Type": "application/json"}
ADDRESS = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "street2": "Flat 3",
    "city": "London",
    "region": "Greater London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
    "phone": "+44 20 5555 0100",
}
# By endpoint, and by form where one takes two. Where one needs something that is there, its body is read first.
VALID: dict[str, dict[str, Any]] = {
    "POST /users/register": {
        "username": "Ada",
        "email": "bad-input@example.com",
        "password": "correct horse battery",
        "language": "en",
    },
    "POST /users/login": {"email": "bad-input@example.com", "password": "correct horse battery"},
    "PATCH /users/profile": {"username": "Ada", "language": "zh"},
    "PUT /users/password": {"current_password": "correct horse battery", "new_password": "staple of another kind"},
    "POST /products": a_product_body(sku="KET-901", stock=3),
    "PUT /products/1": a_product_body(sku="KET-901", version=1),
    "POST /products/1/stock": {"delta": 1, "reason": "counted", "kind": "adjusted"},
    "POST /orders": {"product_id": 1, "quantity": 1, "address": "1 Main Street", "payment_method": "card"},
    "POST /orders of items": {"items": [{"product_id": 1, "quantity": 1}], "address": ADDRESS},
    "POST /orders/1/cancel": {"reason": "ordered by mistake"},
    "POST /orders/1/confirm": {"reference": "bank transfer 3"},
    "PUT /orders/1/status": {"status": "shipped", "carrier": "DHL", "tracking_number": "JD1"},
    "POST /orders/1/refunds": {
        "amount": "19.99",
        "reason": "arrived broken",
        "restock": [{"product_id": 1, "quantity": 1}],
    },
    "POST /exports": {"kind": "orders", "from": "2026-01-01", "to": "2026-01-31"},
}
# One frame reads every body: these stand for public ones, a customer's and an admin's.
READING = ["POST /users/register", "POST /users/login", "PATCH /users/profile", "PUT /users/password", "POST /products"]
# What is sent, and the field that the answer must name.
MALFORMED: dict[str, tuple[bytes, str]] = {
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
    "an integer without end": (b'{"username":' + b"9" * 200_000 + b"}", "body"),
    "a fraction without end": (b'{"username":0.' + b"9" * 200_000 + b"}", "body"),
    "nested lists": (b'{"username":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body"),
    "nested objects": (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, "body"),
    "nested lists without end": (b"[" * 200_000, "body"),
    "a raw control character": (b'{"username":"A\x00da"}', "body"),
    "a raw line break": (b'{"username":"A\nda"}', "body"),
    "a byte order mark": (b'\xef\xbb\xbf{"username":"Ada"}', "body"),
    "UTF-16": ('{"username":"Ada"}'.encode("utf-16"), "body"),
    "gzip": (gzip.compress(b'{"username":"Ada"}'), "body"),
    "base64": (base64.b64encode(b'{"username":"Ada"}'), "body"),
    "random bytes": (bytes(range(256)), "body"),
    "a key twice": (b'{"username":"Ada","username":"Eve"}', "username"),
    "a key twice, once escaped": (b'{"username":"Ada","\\u0075sername":"Eve"}', "username"),
    "an unknown key": (b'{"username":"Ada","role":"admin"}', "role"),
    "a key that Python knows": (b'{"__class__":"Ada"}', "__class__"),
    "a key of NUL": (b'{"\\u0000":"Ada"}', "body"),
    "a key of a lone surrogate": (b'{"\\ud800":"Ada"}', "body"),
    "a deep lone surrogate": (b'{"username":{"a":["\\udfff"]}}', "username.a.0"),
    "two surrogates the wrong way round": (b'{"username":"\\ude00\\ud83d"}', "username"),
}
WRONG_VALUES: dict[str, Any] = {
    "null": None,
    "a number": 17,
    "a fraction": 1.5,
    "a huge number": 10**31,
    "a number too large": 10**400,
    "a flag": True,
    "a list": ["Ada"],
    "an object": {"$ne": ""},
    "an empty text": "",
    "NUL": "correct\x00horse@example.com",
    "a lone surrogate": "correct\ud83dhorse@example.com",
    "a text without end": "x" * 100_000,
}
# What is right all the same, by the last part of a field's name.
RIGHT_VALUES = {
    **dict.fromkeys(("stock", "low_stock_threshold", "delta", "product_id", "quantity"), ("a number",)),
    "version": ("a number", "a huge number"),  # it is only compared
    **dict.fromkeys(("price", "amount"), ("a number", "a fraction")),
    # Blank, an optional text counts as left out.
    **dict.fromkeys(("description", "category", "sku", "street2", "region", "phone", "reason"), ("an empty text",)),
}


def _fields(value: Any, path: str = "") -> Iterator[str]:
    """The dotted paths of everything in a body."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inside:
        field = f"{path}.{name}".removeprefix(".")
        yield field
        yield from _fields(part, field)


WRONG = [
    (endpoint, field, case)
    for endpoint, body in VALID.items()
    for field in _fields(body)
    for case in WRONG_VALUES
    if case not in RIGHT_VALUES.get(field.rpartition(".")[2], ())
]


@pytest.mark.parametrize("endpoint", READING)
@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_body_is_refused_by_name(shop: Shop, admin: Customer, endpoint: str, case: str) -> None:
    body, field = MALFORMED[case]
    before = shop.contents()

    answer = _send(shop, endpoint, admin, body)

    assert field in _refused(answer)
    assert shop.contents() == before


@pytest.mark.parametrize(("endpoint", "field", "case"), WRONG)
def test_a_wrong_value_is_refused_by_its_fields_name(
    shop: Shop, admin: Customer, endpoint: str, field: str, case: str
) -> None:
    body = _with(VALID[endpoint], field, WRONG_VALUES[case])
    before = shop.contents()

    answer = _send(shop, endpoint, admin, json.dumps(body))

    if case == "a number too large":
        assert _refused(answer) == {"body"}
    elif case in ("a list", "an object"):  # where one may stand, what is in it is wrong
        assert all(f"{name}.".startswith(f"{field}.") for name in _refused(answer))
    else:
        assert _refused(answer) == {field}
    assert shop.contents() == before


@pytest.mark.parametrize(
    ("endpoint", "change", "field"),
    [
        ("POST /products", {"price": "1.999"}, "price"),  # finer than a cent
        ("POST /products", {"price": 1.999}, "price"),
        ("POST /products", {"price": "100000000"}, "price"),
        ("PUT /products/1", {"price": "1.999"}, "price"),
        ("POST /products/1/stock", {"delta": 0}, "delta"),
        ("POST /products/1/stock", {"delta": -1, "kind": "received"}, "delta"),
        ("POST /orders", {"items": [{"product_id": 1, "quantity": 1}]}, "product_id"),
        ("POST /orders", {"quantity": 1000}, "quantity"),
        ("POST /orders of items", {"items": []}, "items"),
        ("POST /orders of items", {"items": [{"product_id": 1, "quantity": 1}] * 51}, "items"),
        ("POST /orders of items", {"items": [{"product_id": 1, "quantity": 500}] * 2}, "items.0.quantity"),
        ("POST /orders of items", {"items": [{"product_id": 1}]}, "items.0.quantity"),
        ("POST /orders of items", {"items": [{"product_id": 1, "quantity": 1, "price": 0}]}, "items.0.price"),
        ("POST /orders of items", {"address": {**ADDRESS, "country": "UK"}}, "address.country"),
        ("POST /orders of items", {"address": {**ADDRESS, "planet": "Earth"}}, "address.planet"),
        ("POST /orders of items", {"address": {**ADDRESS, "city": "Lon\ndon"}}, "address.city"),
        ("POST /orders", {"address": "1 Main\u000bStreet"}, "address"),
        ("POST /orders", {"address": " \n "}, "address"),
        ("PUT /orders/1/status", {"status": "delivered"}, "carrier"),
        ("PUT /orders/1/status", {"status": "cancelled"}, "status"),
        ("POST /orders/1/refunds", {"restock": [{"product_id": 1, "quantity": 1}] * 2}, "restock"),
        ("POST /orders/1/refunds", {"restock": [{"product_id": 1, "quantity": 1}] * 51}, "restock"),
        ("POST /orders/1/refunds", {"restock": [{"product_id": 1, "quantity": 0}]}, "restock.0.quantity"),
        ("POST /exports", {"to": "2025-12-31"}, "to"),
        ("POST /exports", {"to": "2027-01-02"}, "to"),  # 367 days
        ("POST /exports", {"from": "2026-02-30"}, "from"),
        ("POST /exports", {"kind": "users"}, "kind"),
        ("POST /exports", {"cursor": "bm9uZQ"}, "cursor"),
    ],
)
def test_what_breaks_a_rule_of_the_shop_is_refused_by_name(
    shop: Shop, admin: Customer, endpoint: str, change: dict[str, Any], field: str
) -> None:
    before = shop.contents()

    answer = _send(shop, endpoint, admin, json.dumps({**VALID[endpoint], **change}))

    assert _refused(answer) == {field}
    assert shop.contents() == before


def test_everything_that_is_wrong_is_named_at_once(shop: Shop, somebody: Customer) -> None:
    body = json.dumps({"username": "", "email": "nobody", "language": "fr", "admin": True})

    answer = _send(shop, "POST /users/register", somebody, body)

    assert _refused(answer) == {"username", "email", "password", "language", "admin"}


def test_everything_that_is_wrong_inside_of_a_body_is_named_at_once(shop: Shop, somebody: Customer) -> None:
    items = [{"product_id": 1, "quantity": 0}, {"quantity": 1}, 17]
    body = json.dumps({"items": items, "address": {**ADDRESS, "city": 5, "phone": 17}, "total": 0})

    answer = _send(shop, "POST /orders", somebody, body)

    assert _refused(answer) == {
        *("items.0.quantity", "items.1.product_id", "items.2", "address.city", "address.phone", "total"),
    }


def test_a_refused_password_is_not_repeated_in_the_answer(shop: Shop, somebody: Customer) -> None:
    body = json.dumps({**VALID["POST /users/register"], "password": "hunter2"})

    answer = _send(shop, "POST /users/register", somebody, body)

    assert _refused(answer) == {"password"}
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_a_name_may_be_any_text_and_comes_back_as_it_was(shop: Shop, customer: Customer, text: str) -> None:
    answer = _send(shop, "PATCH /users/profile", customer, json.dumps({"username": text}))

    assert answer.status_code == 200
    assert shop.ask("GET", "/users/profile", by=customer).json()["username"] == text


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_a_password_may_be_any_text_and_opens_the_account(shop: Shop, text: str) -> None:
    customer, password = shop.customer(), text.ljust(8, "🔑")
    change = {"current_password": customer.password, "new_password": password}

    assert _send(shop, "PUT /users/password", customer, json.dumps(change)).status_code == 204

    logging_in = json.dumps({"email": customer.email, "password": password}, ensure_ascii=False).encode()
    assert _send(shop, "POST /users/login", customer, logging_in).status_code == 200


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_an_address_of_operators_is_refused_and_finds_nobody(shop: Shop, somebody: Customer, text: str) -> None:
    for email in (text, f"{text}@example.com", f"ada@{text}"):
        answer = _send(shop, "POST /users/login", somebody, json.dumps({"email": email, "password": "x"}))
        assert _refused(answer) == {"email"}


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_what_is_said_of_a_product_may_be_any_text_and_comes_back_as_it_was(
    shop: Shop, admin: Customer, text: str
) -> None:
    said = {"name": text, "description": text, "category": text}

    answer = _send(shop, "POST /products", admin, json.dumps({**said, "price": 1}))

    shown = shop.ask("GET", f"/products/{answer.json()['product_id']}").json()
    assert {name: shown[name] for name in said} == said


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_an_address_may_be_any_text_and_comes_back_as_it_was(shop: Shop, customer: Customer, text: str) -> None:
    for address in (text, f"{text}\n{text}", {**ADDRESS, "recipient": text, "city": text}):
        order_id = shop.order(customer, shop.product(), address=address)
        assert shop.ask("GET", f"/orders/{order_id}", by=customer).json()["address"] == address


@pytest.mark.parametrize("text", [*OPERATORS, *EMOJI])
def test_the_words_of_an_orders_history_may_be_any_text(shop: Shop, admin: Customer, text: str) -> None:
    order_id = shop.order(admin, shop.product())

    for step, body in (("confirm", {"reference": text}), ("cancel", {"reason": text})):
        assert _send(shop, f"POST /orders/{order_id}/{step}", admin, json.dumps(body)).status_code == 200

    entries = shop.ask("GET", f"/orders/{order_id}/history", by=admin).json()["items"]
    assert [entry["note"] for entry in entries] == [None, text, text]


@pytest.mark.parametrize("endpoint", READING)
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "nonsense"])
def test_a_compressed_body_is_refused_as_what_it_is(shop: Shop, admin: Customer, endpoint: str, encoding: str) -> None:
    body = gzip.compress(json.dumps(VALID[endpoint]).encode())
    before = shop.contents()

    answer = _send(shop, endpoint, admin, body, {"Content-Encoding": encoding})

    assert answer.status_code == 415
    assert shop.contents() == before


@pytest.mark.parametrize("endpoint", READING)
@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, MAX_BODY_BYTES + 1024, 2 * MAX_BODY_BYTES])
def test_a_body_is_too_large_from_256_kib_on(shop: Shop, admin: Customer, endpoint: str, size: int) -> None:
    before = shop.contents()

    answer = _send(shop, endpoint, admin, _sized(endpoint, size))

    assert answer.status_code == 413
    assert shop.contents() == before


@pytest.mark.parametrize("endpoint", VALID)
def test_a_body_of_256_kib_is_read(shop: Shop, admin: Customer, endpoint: str) -> None:
    answer = _send(shop, endpoint, admin, _sized(endpoint, MAX_BODY_BYTES))

    assert _refused(answer) == {"padding"}


def test_a_body_is_measured_in_bytes_and_not_in_characters(shop: Shop, somebody: Customer) -> None:
    body = json.dumps({"username": "😀" * (MAX_BODY_BYTES // 4)}, ensure_ascii=False).encode()

    assert _send(shop, "PATCH /users/profile", somebody, body).status_code == 413


def test_bytes_that_are_no_utf_8_become_the_replacement_character_as_api_gateway_makes_them(
    shop: Shop, customer: Customer
) -> None:
    answer = _send(shop, "PATCH /users/profile", customer, b'{"username":"A\xffda\xed\xa0\x80"}')

    assert answer.status_code == 200
    assert answer.json()["username"].startswith("A\ufffdda\ufffd")


def _send(
    shop: Shop, endpoint: str, by: Customer, body: str | bytes, headers: dict[str, str] | None = None
) -> Response:
    method, path = endpoint.split()[:2]
    return shop.ask(method, path, by=by, body=body, headers={**JSON, **(headers or {})})


def _with(body: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """The body with this value at the field's path."""
    changed = copy.deepcopy(body)
    place: Any = changed
    *before, last = (int(part) if part.isdigit() else part for part in field.split("."))
    for part in before:
        place = place[part]
    place[last] = value
    return changed


def _refused(answer: Response) -> set[str]:
    """The fields that a 400 names."""
    assert answer.status_code == 400, answer.text
    return {error["field"] for error in answer.json()["errors"]}


def _sized(endpoint: str, size: int) -> bytes:
    body = json.dumps({**VALID[endpoint], "padding": ""}).encode()
    return body.replace(b'"padding": ""', b'"padding": "' + b"x" * (size - len(body)) + b'"')
