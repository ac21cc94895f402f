"""Use cases of an account's own addresses.

All changes of an address book wait for each other on the account's row, so none of them sees a state in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.addresses.address import AddedAddress, free_slot
from microshop.errors import NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.addresses.address import SavedAddress
    from microshop.addresses.unit_of_work import AddressesUnitOfWork
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.versions import ExpectedVersion


def add_address(
    caller: Caller,
    address: Mapping[str, str],
    key: IdempotencyKey | None,
    uow: AddressesUnitOfWork,
    *,
    is_default: bool,
) -> AddedAddress:
    """Add an address, once per key. The only address of an account becomes its default.

    Raises:
        NotFound: the account no longer exists.
        Conflict: the account has as many addresses as it may have.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.results, lambda: _add_address(caller, address, key, uow, is_default=is_default))


@retry_on_conflict
def _add_address(
    caller: Caller,
    address: Mapping[str, str],
    key: IdempotencyKey | None,
    uow: AddressesUnitOfWork,
    *,
    is_default: bool,
) -> AddedAddress:
    with uow:
        existing = uow.addresses.lock(caller.user_id)
        slot, becomes_default = free_slot(existing), is_default or not existing
        if becomes_default:
            uow.addresses.unset_default(caller.user_id)
        address_id = uow.addresses.add(caller.user_id, slot, address, is_default=becomes_default)
        added = AddedAddress(address_id, becomes_default, version=1)
        if key is not None:
            uow.results.store(key, added)
        uow.commit()
    return added


@retry_on_conflict
def change_address(
    caller: Caller,
    address_id: int,
    expected: ExpectedVersion,
    address: Mapping[str, str],
    uow: AddressesUnitOfWork,
    *,
    is_default: bool | None,
) -> SavedAddress:
    """Replace an address; None keeps `is_default`. Returns the changed address. Orders keep the address that they have.

    Raises:
        NotFound: the caller has no such address.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
    """
    with uow:
        before = _require(address_id, uow.addresses.lock(caller.user_id))
        expected.require(before.version)
        becomes_default = before.is_default if is_default is None else is_default
        if becomes_default and not before.is_default:
            uow.addresses.unset_default(caller.user_id)
        uow.addresses.update(caller.user_id, address_id, address, is_default=becomes_default)
        after = _require(address_id, uow.addresses.of_user(caller.user_id))
        uow.commit()
    return after


@retry_on_conflict
def delete_address(caller: Caller, address_id: int, uow: AddressesUnitOfWork) -> None:
    """Delete an address. If it was the default, the account has none: the shop does not choose where parcels go.

    Raises:
        NotFound: the caller has no such address.
    """
    with uow:
        uow.addresses.lock(caller.user_id)
        if not uow.addresses.delete(caller.user_id, address_id):
            raise NotFound("address")
        uow.commit()


def _require(address_id: int, addresses: list[SavedAddress]) -> SavedAddress:
    address = next((each for each in addresses if each.id == address_id), None)
    if address is None:
        raise NotFound("address")
    return address
