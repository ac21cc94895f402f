"""Customers as the API shows them to staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.addresses.view import saved_address_view
from microshop.money import to_decimal
from microshop.order_notes.view import order_note_view

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from datetime import datetime
    from typing import TypedDict

    from microshop.addresses.view import SavedAddressView
    from microshop.cursors import Page
    from microshop.customers.customer import Customer, FoundCustomer, OrdersOfCustomer, RecentOrder
    from microshop.order_notes.view import OrderNoteView
    from microshop.orders.states import OrderStatus, PaymentStatus
    from microshop.users.user import Language
    from microshop.view_types import Currency, Id, Money, NextCursor, OrderNumber, Timestamp

    class FoundCustomerView(TypedDict):
        """An account in the results of a search."""

        id: Id
        username: str
        email: str
        created_at: Timestamp
        disabled_at: Timestamp | None

    class CustomerPage(TypedDict):
        """A page of the results of a search."""

        items: list[FoundCustomerView]
        next_cursor: NextCursor

    class RecentOrderView(TypedDict):
        """An order of the customer, without its lines."""

        id: Id
        order_number: OrderNumber
        status: OrderStatus
        payment_status: PaymentStatus
        total: Money
        currency: Currency
        created_at: Timestamp

    class OrdersOfCustomerView(TypedDict):
        """The newest orders of the customer, and the newest notes of staff about them."""

        items: list[RecentOrderView]
        notes: list[OrderNoteView]

    class CustomerView(TypedDict):
        """An account as staff see it.

        `recent_orders` is null for a caller without `read_orders`. `disabled_reason` is that of the staff.
        """

        id: Id
        username: str
        email: str
        email_verified_at: Timestamp | None
        language: Language
        is_staff: bool
        disabled_at: Timestamp | None
        disabled_reason: str | None
        created_at: Timestamp
        updated_at: Timestamp
        addresses: list[SavedAddressView]
        recent_orders: OrdersOfCustomerView | None


def customer_page(page: Page[FoundCustomer]) -> CustomerPage:
    """Returns a page of the results of a search."""
    return {
        "items": [
            {
                "id": found.id,
                "username": found.username,
                "email": found.email,
                "created_at": found.created_at.isoformat(),
                "disabled_at": _time(found.disabled_at),
            }
            for found in page.items
        ],
        "next_cursor": page.next_cursor,
    }


def customer_view(customer: Customer) -> CustomerView:
    """Returns an account as staff see it."""
    account = customer.account
    return {
        "id": account.id,
        "username": account.username,
        "email": account.email,
        "email_verified_at": _time(account.email_verified_at),
        "language": account.language,
        "is_staff": account.is_staff,
        "disabled_at": _time(account.disabled_at),
        "disabled_reason": account.disabled_reason,
        "created_at": account.created_at.isoformat(),
        "updated_at": account.updated_at.isoformat(),
        "addresses": [saved_address_view(each) for each in customer.addresses],
        "recent_orders": _orders_view(customer.recent) if customer.recent else None,
    }


def _orders_view(recent: OrdersOfCustomer) -> OrdersOfCustomerView:
    return {
        "items": [_order_view(order) for order in recent.orders],
        "notes": [order_note_view(note) for note in recent.notes],
    }


def _order_view(order: RecentOrder) -> RecentOrderView:
    return {
        "id": order.id,
        "order_number": order.order_number,
        "status": order.status,
        "payment_status": order.payment_status,
        "total": to_decimal(order.total_minor, order.currency),
        "currency": order.currency,
        "created_at": order.created_at.isoformat(),
    }


def _time(moment: datetime | None) -> Timestamp | None:
    return moment.isoformat() if moment else None
