"""Lists of the audit log: filters, pages, and the indexes that they use.

Rows of other tests remain in the table, so each test has users, entities and days of its own.
"""

from __future__ import annotations

import itertools
from copy import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from microshop.audit.entry import AuditEntry, AuditFilter, parse_action, parse_entity
from microshop.audit.paging import decode_cursor, list_entries
from microshop.audit.queries import AuditQueries
from microshop.cursors import Count
from microshop.errors import InvalidInput
from tests.support.query_cost import ExplainingDatabase, rows_read
from tests.support.table_rows import not_refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.platform.mysql import Database

type Write = Callable[..., int]

_INSERT = """
INSERT INTO audit_log (at, user_id, key_id, action, entity, entity_id, changes, request_id)
VALUES (%(at)s, %(user_id)s, %(key_id)s, %(action)s, %(entity)s, %(entity_id)s, %(changes)s, 'r')
"""
_SECOND = timedelta(seconds=1)


@pytest.fixture
def write(database: Database) -> Write:
    """Adds a row. Returns its id."""

    def add(at: datetime, user_id: int, **values: object) -> int:
        row = {"key_id": None, "action": "product.update", "entity": "product", "entity_id": 1, "changes": None}
        return database.insert(_INSERT, {**row, "at": at, "user_id": user_id, **values})

    return add


@pytest.fixture
def user_id(database: Database) -> int:
    """A user without entries; its id is also that of an entity and of a key without entries."""
    row = database.row(
        "SELECT GREATEST(MAX(user_id), MAX(COALESCE(key_id, 0)), MAX(COALESCE(entity_id, 0))) AS id FROM audit_log"
    )
    return int((row or {}).get("id") or 0) + 1


@pytest.fixture
def start(database: Database) -> datetime:
    """A time after all entries."""
    row = database.row("SELECT MAX(at) AS at FROM audit_log")
    newest = (row or {}).get("at") or datetime.now(UTC)
    return (newest + timedelta(days=1)).replace(microsecond=0)


def _ids(database: Database, criteria: AuditFilter) -> list[int]:
    return [entry.id for entry in AuditQueries(database).page(criteria, None, 100)]


def test_an_entry_is_read_as_written(database: Database, write: Write, user_id: int, start: datetime) -> None:
    changes = '{"name": ["Öl", "Tea"], "reason": null}'
    row_id = write(start, user_id, key_id=3, action="order.ship", entity="order", entity_id=9, changes=changes)

    [entry] = AuditQueries(database).page(AuditFilter(user_id=user_id), None, 10)

    pairs = {"name": ["Öl", "Tea"], "reason": None}
    assert entry == AuditEntry(row_id, start, user_id, 3, "order.ship", "order", 9, pairs, "r")


def test_each_filter_finds_its_entries_newest_first(
    database: Database, write: Write, user_id: int, start: datetime
) -> None:
    first = write(start, user_id, key_id=user_id, action="order.ship", entity="order", entity_id=user_id)
    second = write(start + _SECOND, user_id, entity_id=user_id)
    third = write(start + 2 * _SECOND, user_id, action="order.ship", entity="order", entity_id=user_id)
    by_user = AuditFilter(user_id=user_id)

    found = [
        _ids(database, criteria)
        for criteria in (
            by_user,
            AuditFilter(key_id=user_id),
            replace(by_user, action="order.ship"),
            AuditFilter(entity="order", entity_id=user_id),
            AuditFilter(created_from=start + _SECOND),
            AuditFilter(created_from=start, created_before=start + 2 * _SECOND),
            replace(by_user, created_before=start),
            replace(by_user, created_from=datetime.min.replace(tzinfo=UTC), created_before=start),
            replace(by_user, created_from=datetime.max.replace(tzinfo=UTC)),
        )
    ]

    both = [third, first]
    assert found == [[third, second, first], [first], both, both, [third, second], [second, first], [], [], []]


def test_a_list_is_counted(database: Database, write: Write, user_id: int, start: datetime) -> None:
    for second in range(3):
        write(start + second * _SECOND, user_id, action=("order.ship", "order.refund")[second % 2])
    by_user, queries = AuditFilter(user_id=user_id), AuditQueries(database)

    counts = [
        queries.count(criteria)
        for criteria in (by_user, replace(by_user, action="order.ship"), replace(by_user, created_from=start + _SECOND))
    ]

    assert counts == [Count(3, exact=True), Count(2, exact=True), Count(2, exact=True)]
    assert list_entries(by_user, None, 2, queries, counts=True).total == Count(3, exact=True)
    assert list_entries(by_user, None, 2, queries).total is None


def test_entries_out_of_the_order_of_their_times_are_found(
    database: Database, write: Write, user_id: int, start: datetime
) -> None:
    late = write(start + 30 * _SECOND, user_id)
    early = write(start, user_id)

    assert _ids(database, AuditFilter(user_id=user_id, created_from=start + _SECOND)) == [late]
    assert _ids(database, AuditFilter(user_id=user_id, created_before=start + _SECOND)) == [early]


def test_pages_show_each_entry_once_while_others_are_added(
    database: Database, write: Write, user_id: int, start: datetime
) -> None:
    ids = [write(start, user_id) for _ in range(5)]
    criteria, queries = AuditFilter(user_id=user_id), AuditQueries(database)

    seen, after = [], None
    for _ in range(3):
        page = list_entries(criteria, after, 2, queries)
        seen += [entry.id for entry in page.items]
        write(start, user_id)
        after = decode_cursor(page.next_cursor, criteria) if page.next_cursor else None

    assert (seen, after) == (ids[::-1], None)


def test_a_cursor_of_another_list_is_refused(database: Database, write: Write, user_id: int, start: datetime) -> None:
    for _ in range(2):
        write(start, user_id)
    cursor = list_entries(AuditFilter(user_id=user_id), None, 1, AuditQueries(database)).next_cursor

    with pytest.raises(ValueError, match="cursor of this list"):
        decode_cursor(cursor or "", AuditFilter())


def test_half_an_entity_and_malformed_names_are_refused() -> None:
    for values in ({"entity": "order"}, {"entity_id": 3}):
        with pytest.raises(InvalidInput):
            AuditFilter(**values).require_whole_entity()

    names = ["", "order", "order.", "Order.ship", "order.ship.x", "ordér.ship", f"order.{'x' * 50}"]
    assert not_refused(parse_action, names, "must be an action") == []
    assert not_refused(parse_entity, ["", "order.ship", "Order", "x" * 31], "must be the kind") == []


@pytest.fixture
def many(database: Database, write: Write, user_id: int, start: datetime) -> list[int]:
    """400 entries, one a minute, of two users, keys, actions and entities: enough for a realistic plan."""
    ids = []
    for minute, odd in zip(range(400), itertools.cycle([0, 1]), strict=False):
        values = {"key_id": user_id + odd, "action": ("order.ship", "order.refund")[odd], "entity_id": user_id + odd}
        ids.append(write(start + timedelta(minutes=minute), user_id + odd, **values))
    database.rows("ANALYZE TABLE audit_log")
    return ids


@pytest.mark.parametrize("late", [False, True])
def test_each_list_uses_its_index_without_sorting(
    database: Database, many: list[int], user_id: int, start: datetime, late: bool
) -> None:
    day = {"created_from": start + timedelta(minutes=100), "created_before": start + timedelta(minutes=300)}
    lists = [
        ({}, "PRIMARY"),
        (day, "PRIMARY"),
        ({"user_id": user_id}, "audit_log_user"),
        ({"user_id": user_id, "action": "order.ship"}, "audit_log_user"),
        ({"key_id": user_id, "user_id": user_id}, "audit_log_key"),
        ({"action": "order.ship"}, "audit_log_action"),
        ({"action": "order.ship", **day}, "audit_log_action"),
        ({"entity": "product", "entity_id": user_id, "user_id": user_id}, "audit_log_entity"),
    ]
    explaining = ExplainingDatabase(database)

    for values, index in lists:
        AuditQueries(explaining).page(AuditFilter(**values), many[200] if late else None, 21)  # type: ignore[arg-type]

        assert explaining.plan[0]["key"] == index, values
        assert "filesort" not in str(explaining.plan[0]["Extra"]), values


def test_a_list_reads_only_the_entries_that_it_shows(
    database: Database, many: list[int], user_id: int, start: datetime
) -> None:
    queries = AuditQueries(database)
    early = {"created_from": start + timedelta(minutes=20), "created_before": start + timedelta(minutes=25)}
    lists = [
        (AuditFilter(), 21),
        (AuditFilter(user_id=user_id), 21),
        (AuditFilter(action="order.ship"), 21),
        (AuditFilter(entity="product", entity_id=user_id), 21),
        (AuditFilter(**early), 12),  # type: ignore[arg-type]
        (AuditFilter(user_id=user_id, **early), 12),  # type: ignore[arg-type]
    ]

    for criteria, rows in lists:
        assert rows_read(database, lambda criteria=criteria: queries.page(criteria, None, 20)) <= rows, criteria  # type: ignore[misc]
    assert [entry.id for entry in queries.page(lists[-2][0], None, 20)] == many[20:25][::-1]
