"""A saved address and the rules of an address book."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.errors import Conflict
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

MAX_ADDRESSES = 20
"""The addresses of an account: the CHECK of `addresses.slot`."""


class SavedAddress(Value):
    """An address of an account. `slot` is its number among them; `version` counts the changes of its fields."""

    id: int
    slot: int
    address: dict[str, str]
    is_default: bool
    version: int
    created_at: datetime
    updated_at: datetime


class AddedAddress(NamedTuple):
    """The result of adding an address. It has no personal data, because it is stored with the idempotency key."""

    id: int
    is_default: bool
    version: int


def free_slot(addresses: Collection[SavedAddress]) -> int:
    """Returns the lowest slot that none of an account's addresses has.

    Raises:
        Conflict: the account has `MAX_ADDRESSES`.
    """
    taken = {each.slot for each in addresses}
    slot = next((each for each in range(1, MAX_ADDRESSES + 1) if each not in taken), None)
    if slot is None:
        raise Conflict(f"This account has {MAX_ADDRESSES} addresses, the maximum. Delete one first.")
    return slot
