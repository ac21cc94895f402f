"""The read-only switch for staff; Shop.ask validates every response against docs/openapi.yaml."""

from collections.abc import Iterator
from typing import Any

import pytest

from microshop.read_only import ReadOnlySwitch
from tests.support.answers import refusal, refused_fields
from tests.support.audit_rows import AuditRows
from tests.support.shop import Customer, Shop

_REASON = "The database moves until 10:30 UTC."


@pytest.fixture(autouse=True)
def _writable_afterwards(shop: Shop) -> Iterator[None]:
    yield
    ReadOnlySwitch(shop.redis).turn_off()


def _switch(shop: Shop, admin: Customer, body: dict[str, Any]) -> dict[str, Any]:
    answer = shop.ask("PUT", "/admin/read-only", by=admin, json=body)
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.json()
    return state


def test_switch_stops_changes_and_allows_them_again(shop: Shop, customer: Customer, admin: Customer) -> None:
    on = _switch(shop, admin, {"read_only": True, "reason": _REASON})
    shown = shop.ask("GET", "/admin/read-only", by=admin).json()
    refused = shop.ask("PATCH", "/users/profile", by=customer, json={"language": "zh"})
    off = _switch(shop, admin, {"read_only": False})
    accepted = shop.ask("PATCH", "/users/profile", by=customer, json={"language": "zh"})

    assert on == shown
    assert (on["read_only"], on["reason"], on["decided_by"]) == (True, _REASON, f"user {admin.id}")
    assert (refusal(refused), accepted.status_code) == ((503, "read-only"), 200)
    assert off == {"read_only": False, "reason": None, "decided_at": None, "decided_by": None, "remembered_seconds": 0}


def test_each_change_of_the_switch_has_an_audit_row_without_the_reason(shop: Shop, admin: Customer) -> None:
    audit_rows = AuditRows(shop.database)
    for body in (
        {"read_only": True, "reason": _REASON},
        {"read_only": True, "reason": _REASON},  # repeated: no change
        {"read_only": True, "reason": "It takes longer."},
        {"read_only": False},
        {"read_only": False},
    ):
        _switch(shop, admin, body)

    rows = [(row["user_id"], row["action"], row["changes"]) for row in audit_rows.take()]
    assert rows == [
        (admin.id, "shop.make_read_only", {"read_only": [False, True], "reason": None}),
        (admin.id, "shop.make_read_only", {"reason": None}),
        (admin.id, "shop.allow_changes", {"read_only": [True, False], "reason": None}),
    ]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"read_only": True}, ["reason"]),
        ({"read_only": True, "reason": " "}, ["reason"]),
        ({"read_only": False, "reason": _REASON}, ["read_only"]),
        ({"reason": _REASON}, ["read_only"]),
    ],
)
def test_contradictory_switch_is_refused(shop: Shop, admin: Customer, body: dict[str, Any], fields: list[str]) -> None:
    assert refused_fields(shop.ask("PUT", "/admin/read-only", by=admin, json=body)) == fields
