"""Requests for exports: permissions, invalid fields, the link, and a storage outage."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from microshop.platform.mysql import Database
from microshop.scopes import EVERYTHING
from tests.support.audit_rows import AuditRows
from tests.support.builders import a_caller
from tests.support.exported_files import ONE_DAY, RequestExport
from tests.support.table_rows import wrong_answers


def test_the_link_expires_and_names_the_file(request_export: RequestExport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_URL_SECONDS", "60")

    answer = request_export(kind="orders", **ONE_DAY)

    found = requests.get(answer["url"], timeout=10)
    assert answer["headers"]["Location"] == answer["url"]
    assert timedelta() < datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC) <= timedelta(seconds=60)
    assert "X-Amz-Expires=60&" in answer["url"]
    assert found.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert found.headers["Content-Disposition"] == 'attachment; filename="orders-2026-01-02-2026-01-02-1.csv"'


def test_an_invalid_field_is_named_in_the_error(request_export: RequestExport) -> None:
    rows = [
        ({"kind": "customers"}, ["kind"]),
        ({"from": "2026-02-30"}, ["from"]),
        ({"from": "20260102"}, ["from"]),
        ({"from": "2026-01-02T00:00:00Z"}, ["from"]),
        ({"to": "9999-12-31"}, ["to"]),
        ({"to": "2026-01-01"}, ["to"]),
        ({"to": "2027-01-03"}, ["to"]),
        ({"from": "x", "to": "y"}, ["from", "to"]),
        ({"cursor": "x"}, ["cursor"]),
        ({"cursor": "x" * 1001}, ["cursor"]),
        ({"until": "2026-01-02"}, ["until"]),
    ]

    def invalid_fields(changes: dict[str, str]) -> list[str]:
        answer = request_export(**{"kind": "orders", **ONE_DAY, **changes})
        assert answer["status"] == 400
        return [error["field"] for error in answer["errors"]]

    assert wrong_answers(invalid_fields, rows) == []


def test_every_field_except_the_cursor_is_required(request_export: RequestExport) -> None:
    assert [error["field"] for error in request_export()["errors"]] == ["kind", "from", "to"]


def test_an_export_may_cover_a_leap_year(request_export: RequestExport) -> None:
    assert request_export(kind="orders", **{"from": "2028-01-01", "to": "2028-12-31"})["rows"] == 0


def test_customers_may_not_export(request_export: RequestExport) -> None:
    assert request_export(a_caller(), kind="orders", **ONE_DAY)["status"] == 403


def test_an_export_without_storage_answers_503(request_export: RequestExport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # the discard port: no server listens there

    answer = request_export(kind="orders", **ONE_DAY)

    assert (answer["status"], answer["headers"]["Retry-After"]) == (503, "1")


def test_a_created_export_is_audited(database: Database, request_export: RequestExport) -> None:
    rows = AuditRows(database)

    request_export(a_caller(user_id=23, scopes=EVERYTHING), kind="payments", **ONE_DAY)

    [row] = rows.take()
    assert (row["user_id"], row["action"], row["entity"], row["entity_id"]) == (23, "export.create", "export", None)
    assert row["changes"] == {
        "kind": [None, "payments"],
        "from": [None, ONE_DAY["from"]],
        "to": [None, ONE_DAY["to"]],
        "file": [None, 1],
        "rows": [None, 0],
    }
