"""What a session gives access to, as Redis stores it with the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from microshop.caller import ADMIN, CUSTOMER
from microshop.scopes import EVERYTHING, scopes_in, scopes_text
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.scopes import Scope

# What a session lacks: a code, or a second factor at all.
type MissingStep = Literal["required", "enrolment-required"]

# The account has a second factor, and the session has not used it yet.
PENDING: Literal["pending"] = "pending"


class Access(Value):
    """The scopes of the account, and the second factor of the session.

    `second_factor` is None for an account without one, PENDING, or the Unix time of the session's last code.
    """

    scopes: frozenset[Scope] = frozenset()
    second_factor: int | Literal["pending"] | None = None

    def scopes_in_effect(self, *, second_factor_required: bool) -> frozenset[Scope]:
        """Returns the scopes, or none while the second factor is missing."""
        return frozenset() if self.missing_step(second_factor_required=second_factor_required) else self.scopes

    def missing_step(self, *, second_factor_required: bool) -> MissingStep | None:
        """Returns what the session lacks before the scopes take effect; None if nothing, or if there are no scopes."""
        if not self.scopes:
            return None
        if self.second_factor == PENDING:
            return "required"
        return "enrolment-required" if second_factor_required and self.second_factor is None else None

    def session_fields(self) -> dict[str, Any]:
        """Returns the fields of the session's value. `role` is for the authorizer of the previous release."""
        if not self.scopes:
            return {"role": CUSTOMER}
        is_owner = self.scopes == EVERYTHING and self.second_factor != PENDING
        return {
            "role": ADMIN if is_owner else CUSTOMER,
            "scopes": scopes_text(self.scopes),
            "second_factor": self.second_factor,
        }


# The access of accounts without a role.
NO_STAFF = Access()


def access_in(value: Mapping[str, Any]) -> Access:
    """Returns the access in a session's value, which the previous release may have written."""
    if "scopes" in value:
        return Access(scopes_in(value["scopes"]), value["second_factor"])
    return Access(EVERYTHING) if value["role"] == ADMIN else NO_STAFF
