"""The second factor of an account as the database stores it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


class SecondFactor(Value, hidden={"sealed_secret"}):
    """A second factor. It is in force when its owner has confirmed it with a code."""

    user_id: int
    sealed_secret: bytes
    is_confirmed: bool


def sealing_context(user_id: int) -> Mapping[str, str]:
    """Returns what a secret is sealed with. The template allows the functions this purpose only."""
    return {"purpose": "second-factor", "user_id": str(user_id)}


def attempts_account(user_id: int) -> str:
    """Returns the name under which attempts are counted: per account, because a thief can open many sessions."""
    return f"second-factor:{user_id}"
