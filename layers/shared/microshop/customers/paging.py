"""Pages of customers. A cursor may contain a name or an address, so clients send it in the body and not in a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop import cursors
from microshop.text import is_storable
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.customers.customer import CustomerSearch, FoundCustomer


class Position(Value):
    """The end of a page: the last account's address or name (empty if the list is sorted by id), and its id."""

    value: str
    id: int


class CustomerList(Protocol):
    """Lists customers."""

    def page(self, search: CustomerSearch, after: Position | None, limit: int) -> list[FoundCustomer]: ...


def search_customers(
    search: CustomerSearch, after: Position | None, limit: int, customers: CustomerList
) -> cursors.Page[FoundCustomer]:
    """Returns one page. A new account causes no other one to be repeated or skipped on later pages."""
    found = customers.page(search, after, limit + 1)
    return cursors.page_of(found, limit, lambda last: cursors.encode([_value(last, search), last.id], search))


def decode_cursor(cursor: str, search: CustomerSearch) -> Position:
    """Returns the position after which the page begins.

    Raises:
        ValueError: the cursor belongs to another search.
    """
    match cursors.decode(cursor, search):
        case [str(value), last_id] if cursors.is_id(last_id) and is_storable(value):
            return Position(value, last_id)
    raise ValueError(cursors.INVALID_CURSOR)


def _value(customer: FoundCustomer, search: CustomerSearch) -> str:
    if search.email is not None:
        return customer.email
    return "" if search.username is None else customer.username
