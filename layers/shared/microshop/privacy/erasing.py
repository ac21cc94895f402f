"""Use cases: erase accounts that are due, and those of a restored database that were erased before.

In this order, so that an interruption at any point is continued by the next run:

1. Close the account, if nothing is open. From here on it cannot be cancelled.
2. End its sessions and forget its devices.
3. Write the tombstone outside the database. A restore of any moment after this one can be erased again.
4. Erase, in one transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from microshop.privacy.erased_events import AccountErased
from microshop.staff.key_rights import refresh_keys_of
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.privacy.erasing_unit_of_work import ErasingUnitOfWork
    from microshop.users.ports import Sessions

    class Devices(Protocol):
        """Stores from which devices an account was used."""

        def forget(self, user_id: int) -> None: ...

    class Tombstones(Protocol):
        """Stores which accounts were erased, outside the database."""

        def add(self, user_id: int, erased_at: datetime) -> None: ...


def erase_account(
    user_id: int, *, sessions: Sessions, devices: Devices, tombstones: Tombstones, uow: ErasingUnitOfWork
) -> bool:
    """Erase an account that is due, and send its owner a last mail.

    Returns False if it must wait: an order, a payment, a refund or a dispute is open, or the account is staff.
    """
    if not _begin(user_id, uow):
        return False
    _forget_logins(user_id, sessions, devices)
    tombstones.add(user_id, datetime.now(UTC))
    return _erase(user_id, uow)


def erase_again(
    user_id: int, erased_at: datetime, *, sessions: Sessions, devices: Devices, uow: ErasingUnitOfWork
) -> bool:
    """Erase an account of a restored database, without a mail. Whatever was open then was settled before the erasure.

    Returns False if the account is erased, or newer than its tombstone.
    """
    if not _begin_again(user_id, erased_at, uow):
        return False
    _forget_logins(user_id, sessions, devices)
    return _erase(user_id, uow, is_first=False)


@retry_on_conflict
def _begin(user_id: int, uow: ErasingUnitOfWork) -> bool:
    with uow:
        uow.erasing.lock(user_id)
        has_begun = uow.erasing.begin(user_id, datetime.now(UTC))
        uow.commit()
    return has_begun


@retry_on_conflict
def _begin_again(user_id: int, erased_at: datetime, uow: ErasingUnitOfWork) -> bool:
    with uow:
        uow.erasing.lock(user_id)
        has_begun = uow.erasing.begin_again(user_id, erased_at, datetime.now(UTC))
        uow.commit()
    return has_begun


def _forget_logins(user_id: int, sessions: Sessions, devices: Devices) -> None:
    devices.forget(user_id)  # first: it finds the devices of sessions by the sessions
    sessions.delete_ended(sessions.end_all(user_id))


@retry_on_conflict
def _erase(user_id: int, uow: ErasingUnitOfWork, *, is_first: bool = True) -> bool:
    now = datetime.now(UTC)
    with uow:
        owner = uow.erasing.lock(user_id)
        if owner is None or not uow.erasing.finish(user_id, now, only_if_settled=is_first):
            return False
        uow.erasing.erase(user_id, owner)
        refresh_keys_of(user_id, uow)  # none has rights any more
        uow.erasing.revoke_keys(user_id, now)
        # After erasing, which deletes the address everywhere. The mail's row lives until it is sent.
        recipient_id = uow.recipients.add(owner.email) if is_first else None
        uow.outbox.add(AccountErased(user_id=user_id, recipient_id=recipient_id, language=owner.language))
        uow.commit()
    return True
