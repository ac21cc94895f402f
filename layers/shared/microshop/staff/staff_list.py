"""Members of staff as lists show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime


class ListedRole(Value):
    """A role of a member."""

    id: int
    name: str


class ListedMember(Value):
    """An account with its roles."""

    id: int
    username: str
    email: str
    disabled_at: datetime | None
    roles: tuple[ListedRole, ...]
