"""The rights of API keys in effect: those of the key that its owner still has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microshop.staff.unit_of_work import StaffUnitOfWork


def refresh_keys_of(user_id: int, uow: StaffUnitOfWork) -> None:
    """Write the rights of a member's keys to Redis, in the transaction that changes the member's rights.

    It locks the keys, so that no concurrent revocation is undone.
    """
    owned = uow.staff.scopes_of(user_id)
    for key in uow.api_keys.lock_of_user(user_id):
        uow.api_key_cache.put(
            key.key_hash, key_id=key.id, user_id=user_id, scopes=key.scopes & owned, expires_at=key.expires_at
        )
