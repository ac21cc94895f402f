"""Reads one customer for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.customers.customer import Customer
from microshop.errors import NotFound
from microshop.scopes import READ_ORDERS

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.customers.queries import CustomerQueries


def get_customer(caller: Caller, user_id: int, customers: CustomerQueries) -> Customer:
    """Returns an account with its address book. The orders and the notes about them need `read_orders` as well.

    Raises:
        NotFound: there is no such account.
    """
    account = customers.account(user_id)
    if account is None:
        raise NotFound("account")
    recent = customers.recent_orders(user_id) if caller.may(READ_ORDERS) else None
    return Customer(account, customers.addresses(user_id), recent)
