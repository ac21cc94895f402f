"""Use cases that create, revoke and restore API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from microshop.api_keys.api_key import SHOWN_CHARACTERS, ApiKey, hash_key, new_token
from microshop.errors import NotFound
from microshop.staff.key_rights import refresh_keys_of
from microshop.staff.roles import require_grantable
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Set

    from microshop.caller import Caller
    from microshop.scopes import Scope
    from microshop.staff.unit_of_work import StaffUnitOfWork


class CreatedKey(NamedTuple):
    """A new key. Only this object has the token."""

    key: ApiKey
    token: str


@retry_on_conflict
def create_key(caller: Caller, name: str, scopes: Set[Scope], expires_at: datetime, uow: StaffUnitOfWork) -> CreatedKey:
    """Create an API key of the caller. Returns it with its token.

    Raises:
        NotGrantable: the caller lacks one of the scopes.
        Forbidden: the caller no longer manages staff.
    """
    token = new_token()
    with uow:
        uow.staff.lock()
        require_grantable(uow.staff.scopes_of(caller.user_id), scopes)
        key = uow.api_keys.add(
            user_id=caller.user_id,
            name=name,
            prefix=token[:SHOWN_CHARACTERS],
            key_hash=hash_key(token),
            scopes=scopes,
            expires_at=expires_at,
        )
        uow.audit.record(
            caller, "api_key.create", "api_key", key.id, {"name": (None, name), "scopes": (None, sorted(scopes))}
        )
        refresh_keys_of(caller.user_id, uow)
        uow.commit()
    return CreatedKey(key, token)


@retry_on_conflict
def revoke_key(caller: Caller, key_id: int, uow: StaffUnitOfWork) -> None:
    """Revoke a key of any member of staff: it stops working at once. Revoking it again changes nothing.

    Raises:
        NotFound: there is no such key.
    """
    with uow:
        key = uow.api_keys.lock(key_id)
        if key is None:
            raise NotFound("API key")
        if uow.api_keys.revoke(key_id):
            uow.audit.record(caller, "api_key.revoke", "api_key", key_id, {})
        uow.api_key_cache.delete(key.key_hash)
        uow.commit()


def restore_keys(uow: StaffUnitOfWork) -> int:
    """Write the rights of all valid keys to Redis again, which may have lost them. Returns the number of owners."""
    owners = uow.api_keys.owners()
    for user_id in owners:
        _restore_keys_of(user_id, uow)
    return len(owners)


@retry_on_conflict
def _restore_keys_of(user_id: int, uow: StaffUnitOfWork) -> None:
    with uow:
        refresh_keys_of(user_id, uow)
        uow.commit()


@retry_on_conflict
def record_last_uses(uow: StaffUnitOfWork) -> int:
    """Move the days of the keys' last uses from Redis to the database. Returns the number of keys."""
    uses = uow.api_key_cache.last_uses()
    if uses:
        with uow:
            uow.api_keys.set_last_uses((key_id, datetime.fromtimestamp(at, UTC).date()) for key_id, at in uses.items())
            uow.commit()
        uow.api_key_cache.forget_uses(max(uses.values()))
    return len(uses)
