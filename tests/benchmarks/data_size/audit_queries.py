"""Queries of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.entry import AuditFilter
from microshop.audit.queries import AuditQueries
from tests.benchmarks.data_size.query import PAGE, Query
from tests.benchmarks.data_size.work import EXPIRED_AT

if TYPE_CHECKING:
    from tests.benchmarks.data_size.shops import Shop


def _list_of_entries(name: str, criteria: AuditFilter) -> Query:
    def run(shop: Shop) -> object:
        return AuditQueries(shop.database).page(criteria, None, PAGE)

    return Query("audit log", f"list{name}", "AuditQueries.page", run)


AUDIT_QUERIES = (
    _list_of_entries("", AuditFilter()),
    _list_of_entries(" of a member", AuditFilter(user_id=1)),
    _list_of_entries(" of an action", AuditFilter(action="order.ship")),
    _list_of_entries(" of an order", AuditFilter(entity="order", entity_id=17)),
    _list_of_entries(" before a time", AuditFilter(created_before=EXPIRED_AT)),
    Query("audit log", "count", "AuditQueries.count", lambda shop: AuditQueries(shop.database).count(AuditFilter())),
)
