"""Bodies that every endpoint with a JSON body refuses; Shop.ask checks each answer against the description."""

import json

import pytest
from requests import Response

from microshop.http.body import MAX_BODY_BYTES
from tests.support.answers import refused_fields
from tests.support.api_description import Operation, description, operations, resolved
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_WITH_A_BODY = [found for found in operations() if "requestBody" in found.description]
_JSON = [found for found in _WITH_A_BODY if found.reads_json]

pytestmark = pytest.mark.usefixtures("unchanged")


def test_endpoints_answer_415_to_a_body_that_is_not_declared_as_json(shop: Shop, admin: Customer) -> None:
    def ask(found: Operation) -> int:
        return _send(shop, found, admin, "{}", kind="text/plain").status_code

    assert wrong_answers(ask, [(found, 415) for found in _JSON]) == []


def test_endpoints_answer_415_to_a_compressed_body(shop: Shop, admin: Customer) -> None:
    def ask(found: Operation) -> int:
        return _send(shop, found, admin, "{}", encoding="gzip").status_code

    assert wrong_answers(ask, [(found, 415) for found in _JSON]) == []


def test_endpoints_answer_413_to_a_body_of_more_than_256_kib(shop: Shop, admin: Customer) -> None:
    body = json.dumps({"username": "x" * MAX_BODY_BYTES})

    def ask(found: Operation) -> int:
        return _send(shop, found, admin, body).status_code

    assert wrong_answers(ask, [(found, 413) for found in _WITH_A_BODY]) == []


def test_endpoints_answer_400_to_a_body_that_is_not_json(shop: Shop, admin: Customer) -> None:
    def ask(found: Operation) -> list[str]:
        return refused_fields(_send(shop, found, admin, "{"))

    assert wrong_answers(ask, [(found, ["body"]) for found in _JSON]) == []


def test_endpoints_name_every_wrong_and_unknown_field(shop: Shop, admin: Customer) -> None:
    def ask(found: Operation) -> list[str]:
        body = {**dict.fromkeys(_properties(found)), "is_admin": True}
        return sorted(refused_fields(_send(shop, found, admin, json.dumps(body))))

    assert wrong_answers(ask, [(found, sorted([*_properties(found), "is_admin"])) for found in _JSON]) == []


def _properties(found: Operation) -> list[str]:
    schema = resolved(description()["components"]["schemas"][found.body_name])
    return list(schema["properties"])


def _send(
    shop: Shop,
    found: Operation,
    by: Customer,
    body: str,
    *,
    kind: str = "application/json",
    encoding: str | None = None,
) -> Response:
    headers = {"Content-Type": kind, **({"Content-Encoding": encoding} if encoding else {})}
    return shop.ask(found.method, found.sample_path, by=by, body=body, headers=headers)
