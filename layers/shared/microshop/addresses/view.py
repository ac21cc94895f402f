"""Saved addresses as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from microshop.addresses.address import AddedAddress

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import TypedDict

    from microshop.addresses.address import SavedAddress
    from microshop.orders.view import AddressLines, OrderAddressView
    from microshop.view_types import Id, Positive, Timestamp

    class SavedAddressView(TypedDict):
        """An address of an account. At most one of them is the default."""

        id: Id
        address: OrderAddressView
        address_lines: AddressLines
        is_default: bool
        version: Positive
        created_at: Timestamp
        updated_at: Timestamp

    class AddressList(TypedDict):
        """All addresses of an account: the default first, then the newest."""

        items: list[SavedAddressView]

    class AddressAdded(TypedDict):
        """The response to a request that added an address."""

        id: Id
        is_default: bool
        version: Positive


def saved_address_view(saved: SavedAddress) -> SavedAddressView:
    """Returns an address of an account."""
    from microshop.orders.address_lines import address_lines  # noqa: PLC0415 - adding and deleting do not load it

    return {
        "id": saved.id,
        "address": cast("OrderAddressView", saved.address),
        "address_lines": address_lines(saved.address),
        "is_default": saved.is_default,
        "version": saved.version,
        "created_at": saved.created_at.isoformat(),
        "updated_at": saved.updated_at.isoformat(),
    }


def address_list(addresses: Sequence[SavedAddress]) -> AddressList:
    """Returns the addresses of an account."""
    return {"items": [saved_address_view(each) for each in addresses]}


def etag_of(saved: SavedAddress) -> str:
    """Returns the address's ETag: its version."""
    return f'"{saved.version}"'


def added_address_view(added: AddedAddress) -> AddressAdded:
    """Returns the response to a request that added an address. It is stored under the request's idempotency key."""
    return {"id": added.id, "is_default": added.is_default, "version": added.version}


def parse_added_address(stored: Mapping[str, Any]) -> AddedAddress:
    """Returns the result of adding an address from its stored response: the inverse of `added_address_view`."""
    return AddedAddress(**stored)
