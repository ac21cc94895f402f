"""Every endpoint accepts only the keys, conditional headers and query parameters of its description."""

import re

import pytest

from tests.contract.every_endpoint.asking import OPERATIONS, ask
from tests.support.answers import refused_fields
from tests.support.api_description import Operation
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers
from tools import ROOT

_DECISION = ROOT / "docs" / "decisions" / "0016-idempotency-keys.md"
_UNUSED_ID = 2**62


def _with_header(name: str) -> set[str]:
    return {found.name for found in OPERATIONS if name in found.parameters("header")}


def test_the_decision_has_a_row_for_every_post() -> None:
    text = _DECISION.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `POST (/[^`]*)` \| (accepted|refused) \|", text, re.MULTILINE)
    decided = {f"/api/v1{path}": word == "accepted" for path, word in rows}

    taking = _with_header("Idempotency-Key")
    assert decided == {found.path: found.name in taking for found in OPERATIONS if found.method == "POST"}


def test_only_posts_take_an_idempotency_key() -> None:
    taking = _with_header("Idempotency-Key")

    assert {found.method for found in OPERATIONS if found.name in taking} == {"POST"}


def test_answers_that_are_stored_for_a_key_hold_no_secret() -> None:
    taking = _with_header("Idempotency-Key")
    schemas = {
        found.name: str(answer["content"]["application/json"]["schema"]).lower()
        for found in OPERATIONS
        for status, answer in found.description["responses"].items()
        if found.name in taking and status in ("200", "201")
    }

    assert schemas.keys() == taking
    assert {name for name, schema in schemas.items() if re.search("token|secret|url|password", schema)} == set()


@pytest.mark.usefixtures("unchanged")
def test_endpoints_refuse_an_idempotency_key_unless_it_is_described(shop: Shop, admin: Customer) -> None:
    refusing = [found for found in OPERATIONS if "Idempotency-Key" not in found.parameters("header")]

    def refused(found: Operation) -> list[str]:
        return refused_fields(ask(shop, found, admin, headers={"Idempotency-Key": "k-1"}))

    assert wrong_answers(refused, [(found, ["Idempotency-Key"]) for found in refusing]) == []


def test_endpoints_read_an_idempotency_key_where_it_is_described(shop: Shop, admin: Customer) -> None:
    taking = [found for found in OPERATIONS if "Idempotency-Key" in found.parameters("header")]

    def refused(found: Operation) -> list[str]:
        return refused_fields(ask(shop, found, admin, headers={"Idempotency-Key": "a b"}))

    assert wrong_answers(refused, [(found, ["Idempotency-Key"]) for found in taking]) == []


def test_endpoints_read_if_match_exactly_where_it_is_described(shop: Shop, admin: Customer) -> None:
    on_resources = [found for found in OPERATIONS if found.parameters("path")]

    def reads(found: Operation) -> bool:
        answer = ask(shop, found, admin, headers={"If-Match": "no entity tag"}, resource=_UNUSED_ID)
        return "If-Match" in refused_fields(answer)

    assert wrong_answers(reads, [(found, "If-Match" in found.parameters("header")) for found in on_resources]) == []


def test_endpoints_answer_304_exactly_where_if_none_match_is_described(shop: Shop, admin: Customer) -> None:
    order_id = shop.order(admin, shop.product())
    reads = [found for found in OPERATIONS if found.method == "GET"]

    def is_fresh(found: Operation) -> bool:
        resource = order_id if "orders" in found.path else 1
        return ask(shop, found, admin, headers={"If-None-Match": "*"}, resource=resource).status_code == 304

    assert wrong_answers(is_fresh, [(found, "If-None-Match" in found.parameters("header")) for found in reads]) == []


def test_only_guarded_endpoints_refuse_unknown_parameters(shop: Shop, admin: Customer) -> None:
    def is_refused(found: Operation) -> bool:
        return refused_fields(ask(shop, found, admin, query={"dry_run": "true"})) == ["dry_run"]

    assert wrong_answers(is_refused, [(found, found.needs_token) for found in OPERATIONS]) == []
