"""Rules of roles: who may grant them, and that the shop always has an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Conflict, Forbidden
from microshop.scopes import MANAGE_STAFF
from microshop.staff_errors import LastOwner, NotGrantable
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from microshop.scopes import Scope

# The role with every scope (migration 0055). It cannot be changed or deleted.
OWNER_ROLE_ID = 1


class Role(Value):
    """A role with its scopes. Seeded roles come with the shop."""

    id: int
    name: str
    is_seeded: bool
    version: int
    scopes: frozenset[Scope]

    @property
    def audited(self) -> Mapping[str, object]:
        """The fields that the audit log compares."""
        return {"name": self.name, "scopes": sorted(self.scopes)}


class Member(Value):
    """A member of staff, or an account that may become one: the roles and scopes that it has now."""

    user_id: int
    role_ids: frozenset[int]
    scopes: frozenset[Scope]
    is_disabled: bool = False
    is_erased: bool = False
    """Whether the account was erased, or its erasure has begun. Nobody can use it again."""

    @property
    def is_owner(self) -> bool:
        """Whether the member may do everything."""
        return OWNER_ROLE_ID in self.role_ids


def require_grantable(granter: Set[Scope], *scopes: Set[Scope]) -> None:
    """Check that somebody with the scopes `granter` may grant or take away all other given scopes.

    Raises:
        Forbidden: the granter does not manage staff (any more).
        NotGrantable: the granter lacks one of the scopes.
    """
    if MANAGE_STAFF not in granter:
        raise Forbidden
    missing = set().union(*scopes) - granter
    if missing:
        raise NotGrantable(sorted(missing))


def require_an_owner_left(owners: Set[int], leaving: int) -> None:
    """Check that the shop keeps an owner if `leaving` stops being one. `owners` are the ids of all enabled owners.

    Raises:
        LastOwner: there is no other owner.
    """
    if owners <= {leaving}:
        raise LastOwner


def require_changeable(role_id: int) -> None:
    """Check that a role may be changed or deleted.

    Raises:
        Conflict: it is the owners' role.
    """
    if role_id == OWNER_ROLE_ID:
        raise Conflict("The role of owners has every right, and cannot be changed or deleted.")
