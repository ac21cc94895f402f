"""Rows of the audit log: written with their change, and without personal data."""

import json
from datetime import datetime
from typing import Any

import pytest

from microshop.audit.changes import PERSONAL_FIELDS, SECRET_FIELDS, changed_fields
from microshop.audit.repository import AuditLog
from microshop.caller import Caller
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import ConstraintRefused
from microshop.platform.unit_of_work import UnitOfWork
from tests.support.builders import A_SESSION

# The other columns of users. A new column belongs here or to the fields that are named without values.
_NOT_PERSONAL = {
    "id",
    "role",
    "language",
    "credentials_version",
    "created_at",
    "updated_at",
    "disabled_at",
    "email_verified_at",
}


@pytest.fixture
def caller(database: Database) -> Caller:
    """A user without earlier rows."""
    row = database.row("SELECT COALESCE(MAX(user_id), 0) + 1 AS id FROM audit_log")
    assert row is not None
    return Caller(int(row["id"]), A_SESSION, key_id=17, request_id="0c9f4c5e-1f1b-4a25-9d4d-0a3c2b1d5e6f")


def _rows(database: Database, caller: Caller) -> list[dict[str, Any]]:
    rows = database.rows("SELECT * FROM audit_log WHERE user_id = %(id)s ORDER BY id", {"id": caller.user_id})
    return [{**row, "changes": row["changes"] and json.loads(row["changes"])} for row in rows]


def test_a_row_has_actor_action_entity_changes_and_request(database: Database, caller: Caller) -> None:
    changes = changed_fields({"price_minor": 1900, "name": "Kessel"}, {"price_minor": 2100, "name": "Kessel für Öl"})

    AuditLog(database).record(caller, "product.update", "product", 42, changes)

    [row] = _rows(database, caller)
    assert isinstance(row.pop("at"), datetime)
    assert row.pop("id") > 0
    assert row == {
        "user_id": caller.user_id,
        "key_id": 17,
        "action": "product.update",
        "entity": "product",
        "entity_id": 42,
        "changes": {"price_minor": [1900, 2100], "name": ["Kessel", "Kessel für Öl"]},
        "request_id": caller.request_id,
    }


def test_a_row_without_changed_fields_has_none(database: Database, caller: Caller) -> None:
    AuditLog(database).record(caller, "session.end", "user", None, {})

    [row] = _rows(database, caller)
    assert (row["entity_id"], row["changes"]) == (None, None)


def test_values_of_personal_fields_are_not_stored(database: Database, caller: Caller) -> None:
    AuditLog(database).record(caller, "user.update", "user", 2, {"email": ("a@example.com", "b@example.com")})

    [row] = _rows(database, caller)
    assert row["changes"] == {"email": None}


def test_a_row_is_rolled_back_with_its_change(database: Database, caller: Caller) -> None:
    with UnitOfWork(database):
        AuditLog(database).record(caller, "product.update", "product", 42, {})

    assert _rows(database, caller) == []


@pytest.mark.parametrize(("action", "entity"), [("a" * 51, "product"), ("product.update", "e" * 31)])
def test_a_name_that_is_too_long_is_refused(database: Database, caller: Caller, action: str, entity: str) -> None:
    with pytest.raises(ConstraintRefused):
        AuditLog(database).record(caller, action, entity, 42, {})


def test_a_value_that_is_not_json_is_refused(database: Database, caller: Caller) -> None:
    with pytest.raises(TypeError):
        AuditLog(database).record(caller, "role.update", "role", 2, {"scopes": (frozenset(), frozenset({"refund"}))})


def test_every_column_of_a_user_is_personal_or_known_not_to_be(database: Database) -> None:
    columns = {row["Field"] for row in database.rows("SHOW COLUMNS FROM users")}

    assert columns - PERSONAL_FIELDS - SECRET_FIELDS - _NOT_PERSONAL == set()
