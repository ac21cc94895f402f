"""A customer as staff see them, and the criteria of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from microshop.addresses.address import SavedAddress
    from microshop.order_notes.note import OrderNote
    from microshop.orders.states import OrderStatus, PaymentStatus
    from microshop.users.user import Language

RECENT_ORDERS = 10
"""The orders that a customer's page shows; the list of orders has all of them."""
MAX_NOTES = 50
"""The notes about these orders that a customer's page shows."""


class CustomerSearch(Value):
    """What to search for; at most one field is given, because each has its own index.

    `email` and `username` are beginnings. Without a field, all accounts are found.
    """

    email: str | None = None
    username: str | None = None
    id: int | None = None


class FoundCustomer(Value):
    """An account in the results of a search."""

    id: int
    username: str
    email: str
    created_at: datetime
    disabled_at: datetime | None


class RecentOrder(Value):
    """An order of a customer, without its lines and its address."""

    id: int
    order_number: str
    status: OrderStatus
    payment_status: PaymentStatus
    total_minor: int
    currency: str
    created_at: datetime


class Account(Value):
    """An account without its password. Staff are accounts with a role."""

    id: int
    username: str
    email: str
    language: Language
    created_at: datetime
    updated_at: datetime
    email_verified_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    is_staff: bool


class OrdersOfCustomer(Value):
    """The newest orders of a customer, and the newest notes of staff about them."""

    orders: Sequence[RecentOrder]
    notes: Sequence[OrderNote]


class Customer(Value):
    """An account with its address book; `recent` is None if the caller may not read orders."""

    account: Account
    addresses: Sequence[SavedAddress]
    recent: OrdersOfCustomer | None
