"""Staff and roles as the back office shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.scopes import ALL_SCOPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import TypedDict

    from microshop.api_keys import api_key
    from microshop.caller import Caller
    from microshop.scopes import Scope
    from microshop.staff.key_managing import CreatedKey
    from microshop.staff.roles import Role
    from microshop.staff.staff_list import ListedMember
    from microshop.view_types import Id, Positive, Timestamp, UtcDay

    class StaffSession(TypedDict):
        """A member of staff and the scopes that are in effect."""

        user_id: Id
        scopes: list[Scope]
        second_factor_required: bool
        """Whether the scopes of the roles take effect only after a code of the second factor."""

    class MemberRole(TypedDict):
        """A role of a member of staff."""

        id: Id
        name: str

    class Member(TypedDict):
        """A member of staff."""

        id: Id
        user_id: Id
        username: str
        email: str
        roles: list[MemberRole]
        disabled_at: Timestamp | None

    class MemberList(TypedDict):
        """All members of staff."""

        items: list[Member]

    class StaffRole(TypedDict):
        """A role and its scopes."""

        id: Id
        name: str
        is_seeded: bool
        version: Positive
        scopes: list[Scope]

    class ApiKey(TypedDict):
        """An API key without its token."""

        id: Id
        user_id: Id
        """The member of staff for whom the key acts."""
        name: str
        prefix: str
        """The first characters of the key."""
        scopes: list[Scope]
        created_at: Timestamp
        expires_at: Timestamp
        last_used_on: UtcDay | None
        """The day of the last use in UTC, up to an hour late."""
        revoked_at: Timestamp | None

    class CreatedApiKey(ApiKey):
        """A new API key with its token."""

        token: str
        """The key. It is shown only here."""

    class ApiKeyList(TypedDict):
        """The newest API keys."""

        items: list[ApiKey]

    class StaffRoleList(TypedDict):
        """All roles."""

        items: list[StaffRole]


def staff_session_view(caller: Caller) -> StaffSession:
    """Returns a member of staff with the scopes in effect, in their order."""
    return {
        "user_id": caller.user_id,
        "scopes": [scope for scope in ALL_SCOPES if caller.may(scope)],
        "second_factor_required": caller.withheld,
    }


def member_view(member: ListedMember) -> Member:
    """Returns a member of staff."""
    return {
        "id": member.id,
        "user_id": member.id,
        "username": member.username,
        "email": member.email,
        "roles": [{"id": role.id, "name": role.name} for role in member.roles],
        "disabled_at": member.disabled_at.isoformat() if member.disabled_at else None,
    }


def member_list_view(members: Sequence[ListedMember]) -> MemberList:
    """Returns all members of staff."""
    return {"items": [member_view(member) for member in members]}


def role_view(role: Role) -> StaffRole:
    """Returns a role, its scopes in their order."""
    return {
        "id": role.id,
        "name": role.name,
        "is_seeded": role.is_seeded,
        "version": role.version,
        "scopes": [scope for scope in ALL_SCOPES if scope in role.scopes],
    }


def role_list_view(roles: Sequence[Role]) -> StaffRoleList:
    """Returns all roles."""
    return {"items": [role_view(role) for role in roles]}


def api_key_view(key: api_key.ApiKey) -> ApiKey:
    """Returns an API key without its token."""
    return {
        "id": key.id,
        "user_id": key.user_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": [scope for scope in ALL_SCOPES if scope in key.scopes],
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat(),
        "last_used_on": key.last_used_on.isoformat() if key.last_used_on else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


def created_key_view(created: CreatedKey) -> CreatedApiKey:
    """Returns a new API key with its token."""
    return {**api_key_view(created.key), "token": created.token}


def api_key_list_view(keys: Sequence[api_key.ApiKey]) -> ApiKeyList:
    """Returns the newest API keys."""
    return {"items": [api_key_view(key) for key in keys]}
