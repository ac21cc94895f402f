"""The authenticated caller, as the authorizer describes it: a person with a session, or an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from microshop.errors import Forbidden, FreshSecondFactorRequired, SecondFactorRequired
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.request_limits import LimitUse
    from microshop.scopes import Scope

type Role = Literal["customer", "admin"]
type Requirement = Literal["customer", "staff"] | Scope

# Roles of accounts as earlier releases know them. An admin is an owner of the shop.
ADMIN: Role = "admin"
# What an endpoint can require besides a scope: any person's session, or the session of a person with a role, even if
# its scopes are withheld. API keys meet neither.
CUSTOMER: Literal["customer"] = "customer"
STAFF: Literal["staff"] = "staff"

# How long a code of the second factor counts as fresh.
FRESH_SECONDS = 300


class Caller(Value):
    """The person or API key that sent a request.

    - `user_id` is the person; of an API key, the key's owner.
    - `session` is the hash of the token.
    - `scopes` are those in effect.
    - `withheld`: the person has scopes, which take effect with the second factor.
    - `second_factor_at` is the Unix time of the session's last code; None if the account has no second factor.
    - `key_id` is the API key's id, None for a session.
    - `read_only` is the reason why writes are disabled for everybody, or None (read_only.py).
    - `limit_use` is what the request limits leave to the caller, None without limits.
    """

    user_id: int
    session: str
    scopes: frozenset[Scope] = frozenset()
    withheld: bool = False
    second_factor_at: int | None = None
    key_id: int | None = None
    read_only: str | None = None
    limit_use: LimitUse | None = None
    request_id: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether the caller may do anything that customers may not."""
        return bool(self.scopes)

    def acts_for_shop(self, owner_id: int) -> bool:
        """Whether the caller, who changes something of this user, is another person or an API key.

        The audit log has those changes; it does not have what customers do with their own orders.
        """
        return self.key_id is not None or self.user_id != owner_id

    def may(self, scope: Scope) -> bool:
        """Whether the scope is in effect."""
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Check that the scope is in effect.

        Raises:
            SecondFactorRequired: the caller's scopes are withheld.
            Forbidden: the caller does not have the scope.
        """
        self.require_any(scope)

    def require_any(self, *requirements: Requirement) -> None:
        """Check that the caller meets one of the requirements.

        Raises:
            SecondFactorRequired: the caller's scopes are withheld.
            Forbidden: the caller meets none of them.
        """
        if not any(self._meets(requirement) for requirement in requirements):
            raise SecondFactorRequired if self.withheld else Forbidden

    def require_fresh_second_factor(self, now: float) -> None:
        """Check that an account with a second factor has used it in the last five minutes. API keys have none.

        Raises:
            SecondFactorRequired: the session has not used it at all.
            FreshSecondFactorRequired: the last code is older.
        """
        if self.withheld:
            raise SecondFactorRequired
        if self.second_factor_at is not None and now - self.second_factor_at > FRESH_SECONDS:
            raise FreshSecondFactorRequired

    def _meets(self, requirement: Requirement) -> bool:
        if requirement == CUSTOMER:
            return self.key_id is None
        if requirement == STAFF:
            return self.key_id is None and (self.is_staff or self.withheld)
        return requirement in self.scopes
