"""Bad bodies and headers over HTTP: a 4xx problem that names what is wrong, never a 500, never a partial write."""

import base64
import gzip
import json
from typing import Any

import pytest
from requests import Response

from microshop.http.body import MAX_BODY_BYTES
from tests.support.hostile_text import EMOJI, OPERATORS
from tests.support.shop import Customer, Shop

JSON = {"Content-Type": "application/json"}
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
}
FIELDS = [(endpoint, field) for endpoint, body in VALID.items() for field in body]
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


@pytest.mark.parametrize("endpoint", VALID)
@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_body_is_refused_by_name(shop: Shop, somebody: Customer, endpoint: str, case: str) -> None:
    body, field = MALFORMED[case]
    before = shop.contents()

    answer = _send(shop, endpoint, somebody, body)

    assert field in _refused(answer)
    assert shop.contents() == before


@pytest.mark.parametrize(("endpoint", "field"), FIELDS)
@pytest.mark.parametrize("case", WRONG_VALUES)
def test_a_wrong_value_is_refused_by_its_fields_name(
    shop: Shop, somebody: Customer, endpoint: str, field: str, case: str
) -> None:
    body = json.dumps({**VALID[endpoint], field: WRONG_VALUES[case]})
    before = shop.contents()

    answer = _send(shop, endpoint, somebody, body)

    assert _refused(answer) == ({"body"} if case == "a number too large" else {field})
    assert shop.contents() == before


def test_everything_that_is_wrong_is_named_at_once(shop: Shop, somebody: Customer) -> None:
    body = json.dumps({"username": "", "email": "nobody", "language": "fr", "admin": True})

    answer = _send(shop, "POST /users/register", somebody, body)

    assert _refused(answer) == {"username", "email", "password", "language", "admin"}


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


@pytest.mark.parametrize("endpoint", VALID)
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "nonsense"])
def test_a_compressed_body_is_refused_as_what_it_is(
    shop: Shop, somebody: Customer, endpoint: str, encoding: str
) -> None:
    body = gzip.compress(json.dumps(VALID[endpoint]).encode())
    before = shop.contents()

    answer = _send(shop, endpoint, somebody, body, {"Content-Encoding": encoding})

    assert answer.status_code == 415
    assert shop.contents() == before


@pytest.mark.parametrize("endpoint", VALID)
@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, MAX_BODY_BYTES + 1024, 2 * MAX_BODY_BYTES])
def test_a_body_is_too_large_from_256_kib_on(shop: Shop, somebody: Customer, endpoint: str, size: int) -> None:
    before = shop.contents()

    answer = _send(shop, endpoint, somebody, _sized(endpoint, size))

    assert answer.status_code == 413
    assert shop.contents() == before


@pytest.mark.parametrize("endpoint", VALID)
def test_a_body_of_256_kib_is_read(shop: Shop, somebody: Customer, endpoint: str) -> None:
    answer = _send(shop, endpoint, somebody, _sized(endpoint, MAX_BODY_BYTES))

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
    method, path = endpoint.split()
    return shop.ask(method, path, by=by, body=body, headers={**JSON, **(headers or {})})


def _refused(answer: Response) -> set[str]:
    """The fields that a 400 names."""
    assert answer.status_code == 400, answer.text
    return {error["field"] for error in answer.json()["errors"]}


def _sized(endpoint: str, size: int) -> bytes:
    body = json.dumps({**VALID[endpoint], "padding": ""}).encode()
    return body.replace(b'"padding": ""', b'"padding": "' + b"x" * (size - len(body)) + b'"')
