"""Rules that hold for every operation alike: Idempotency-Key, unknown query parameters."""

import re

import pytest

from tests.support.api_description import Operation, operations
from tests.support.shop import Customer, Shop
from tools import ROOT

_DECISION = ROOT / "docs" / "decisions" / "0016-idempotency-keys.md"
OPERATIONS = operations()
WITHOUT_KEY = [found for found in OPERATIONS if "Idempotency-Key" not in found.parameters("header")]
WITH_KEY = [found for found in OPERATIONS if found not in WITHOUT_KEY]


def test_the_decision_has_a_row_for_every_post() -> None:
    rows = re.findall(r"^\| `POST (/[^`]*)` \| (taken|refused) \|", _DECISION.read_text(encoding="utf-8"), re.MULTILINE)
    decided = {f"/api/v1{path}": word == "taken" for path, word in rows}

    assert decided == {found.path: found in WITH_KEY for found in OPERATIONS if found.method == "POST"}


def test_only_a_post_takes_a_key() -> None:
    assert {found.method for found in WITH_KEY} == {"POST"}


@pytest.mark.parametrize("found", WITH_KEY, ids=lambda found: found.name)
def test_a_stored_answer_holds_no_secret(found: Operation) -> None:
    [answer] = [
        found.description["responses"][status] for status in ("200", "201") if status in found.description["responses"]
    ]

    assert not re.search("token|secret|url|password", str(answer["content"]["application/json"]["schema"]).lower())


@pytest.mark.parametrize("key", ["", "k-1"])
@pytest.mark.parametrize("found", WITHOUT_KEY, ids=lambda found: found.name)
def test_a_key_without_effect_is_refused_by_name(shop: Shop, admin: Customer, found: Operation, key: str) -> None:
    before = shop.contents()

    answer = _ask(shop, found, admin, headers={"Idempotency-Key": key})

    assert answer == (400, ["Idempotency-Key"])
    assert shop.contents() == before


@pytest.mark.parametrize("found", OPERATIONS, ids=lambda found: found.name)
def test_an_unknown_parameter_is_refused_exactly_where_a_token_is_needed(
    shop: Shop, admin: Customer, found: Operation
) -> None:
    before = shop.contents()

    status, fields = _ask(shop, found, admin, query={"dry_run": "true"})

    if found.needs_token:
        assert (status, fields) == (400, ["dry_run"])
        assert shop.contents() == before
    else:
        assert "dry_run" not in fields


def _ask(
    shop: Shop,
    found: Operation,
    by: Customer,
    *,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> tuple[int, list[str]]:
    """The status, and the fields that a 400 names."""
    path = re.sub(r"\{\w+\}", "1", found.path).removeprefix("/api/v1")
    token = by if found.needs_token else None
    answer = shop.ask(found.method, path, by=token, json=found.example_body, headers=headers, query=query)
    return answer.status_code, [error["field"] for error in answer.json().get("errors", [])] if answer.content else []
