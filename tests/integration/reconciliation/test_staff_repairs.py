"""Repairs of single disagreements by staff."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from microshop.reconciliation.check import Window
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import all_checks
from microshop.reconciliation.staff_repairs import StaffRepair, repair_disagreement
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from tests.support.audit_rows import AuditRows
from tests.support.builders import a_caller
from tests.support.consumers import inboxes

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from tests.support.paid_shop import PaidShop


def _repair(database: Database, check: str, subject: str, *, minutes_later: int = 0) -> StaffRepair:
    now = datetime.now(UTC) + timedelta(minutes=minutes_later)
    window, uow = Window.of_days(None, now), RepairsUnitOfWork(database)
    return repair_disagreement(
        a_caller(), check, subject, inboxes=inboxes(), window=window, books=Books(database), uow=uow
    )


def test_every_check_with_a_repair_is_known_by_its_subject(database: Database) -> None:
    checks = [check for check in all_checks(inboxes()) if check.repair is not None]

    found = []
    for check in checks:
        fields = [name for _, name, _, _ in string.Formatter().parse(check.subject) if name]
        sample = {name: check.scope if name == "consumer" else "1" for name in fields}
        result = _repair(database, check.name, check.subject.format_map(sample))
        found.append((result.found, result.errors))

    assert found == [(0, ())] * len(checks)
    assert len(checks) > 8


@pytest.mark.usefixtures("orders")
def test_an_event_that_one_consumer_missed_is_republished_with_an_audit_row(shop: PaidShop) -> None:
    [event] = shop.database.rows("SELECT event_id FROM outbox WHERE type = 'OrderPaid'")
    shop.database.execute(
        "DELETE FROM inbox WHERE consumer = 'count_orders' AND event_id = %(event_id)s", {"event_id": event["event_id"]}
    )
    rows, subject = AuditRows(shop.database), f"event:{event['event_id']}:count_orders"

    first, second = (_repair(shop.database, "event_not_handled", subject, minutes_later=30) for _ in range(2))

    assert [(each.found, each.repaired) for each in (first, second)] == [(1, 1), (0, 0)]
    assert [(row["action"], row["entity"], row["changes"]["subject"]) for row in rows.take()] == [
        ("books.repair", "event", [None, subject])
    ]
