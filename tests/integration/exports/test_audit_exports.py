"""Exports of the audit log: a row for each entry, for those who manage staff."""

import json
from datetime import timedelta

import pytest

from microshop.exports import exporting
from microshop.platform.mysql import Database
from microshop.scopes import MANAGE_STAFF, READ_ORDERS
from tests.support.audit_rows import AuditRows
from tests.support.builders import NOON, a_caller
from tests.support.exported_files import ONE_DAY, RequestExport, download_all_rows

_INSERT = """
INSERT INTO audit_log (at, user_id, key_id, action, entity, entity_id, changes, request_id)
VALUES (%(at)s, %(user_id)s, 4, 'order.ship', 'order', 9, %(changes)s, 'r')
"""


def test_each_entry_of_the_days_is_a_row(
    request_export: RequestExport, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 2)
    user_id = AuditRows(database).newest + 1_000_000  # of no other entry
    changes = {"carrier": [None, "DHL Öst"], "tracking_number": None}
    ids = [
        database.insert(_INSERT, {"at": NOON + timedelta(hours=hours), "user_id": user_id, "changes": text})
        for hours, text in ((1, json.dumps(changes)), (0, None), (24, None), (2, None))
    ]

    _, rows = download_all_rows(request_export, kind="audit-log", **ONE_DAY)

    own = [row for row in rows if row["user_id"] == str(user_id)]
    assert [int(row["entry_id"]) for row in own] == [ids[1], ids[0], ids[3]]
    assert json.loads(own[1]["changes"]) == changes
    assert own[0] == {
        "entry_id": str(ids[1]),
        "created_at": "2026-01-02T12:00:00+00:00",
        "user_id": str(user_id),
        "key_id": "4",
        "action": "order.ship",
        "entity": "order",
        "entity_id": "9",
        "changes": "",
        "request_id": "r",
        "day": "2026-01-02",
    }


def test_an_export_of_the_audit_log_needs_the_scope_for_staff(
    request_export: RequestExport, database: Database
) -> None:
    rows = AuditRows(database)

    refused = request_export(a_caller(scopes=frozenset({READ_ORDERS})), kind="audit-log", **ONE_DAY)
    allowed = request_export(a_caller(scopes=frozenset({READ_ORDERS, MANAGE_STAFF})), kind="audit-log", **ONE_DAY)

    assert (refused["status"], allowed["status"]) == (403, 201)
    assert [row["changes"]["kind"] for row in rows.take()] == [[None, "audit-log"]]
