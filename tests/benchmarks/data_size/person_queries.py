"""Queries of the export of everything about a person."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from microshop.data_exports.order_queries import PersonOrderQueries
from microshop.data_exports.queries import PersonQueries
from tests.benchmarks.data_size.query import Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.data_size.shops import Shop


def _query(name: str, method: str, read: Callable[[PersonQueries], object]) -> Query:
    def run(shop: Shop) -> object:
        return read(PersonQueries(shop.database, shop.samples.user_id, shop.samples.email))

    return Query("data exports", name, f"PersonQueries.{method}", run)


def _orders(shop: Shop) -> object:
    return deque(PersonOrderQueries(shop.database, shop.samples.user_id).orders(), maxlen=1)


PERSON_QUERIES = (
    _query("account", "account", PersonQueries.account),
    _query("addresses", "addresses", PersonQueries.addresses),
    _query("API keys", "api_keys", PersonQueries.api_keys),
    _query("invitations", "invitations", PersonQueries.invitations),
    _query("mails", "mails", PersonQueries.mails),
    _query("exports", "exports", PersonQueries.exports),
    _query("audit log", "audit_log", lambda person: deque(person.audit_log(), maxlen=1)),
    Query("data exports", "all orders of a customer", "PersonOrderQueries.orders", _orders),
)
