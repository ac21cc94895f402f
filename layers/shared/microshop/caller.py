"""The authenticated caller, as the authorizer describes it."""

from typing import Literal

from microshop.values import Value

type Role = Literal["customer", "admin"]

CUSTOMER: Role = "customer"
ADMIN: Role = "admin"


class Caller(Value):
    """A logged-in user; `session` is the hash of their token.

    `read_only` is the reason why writes are disabled for everybody, or None (read_only.py).
    """

    user_id: int
    role: Role
    session: str
    read_only: str | None = None

    def has_role(self, role: Role) -> bool:
        """Whether the caller may act as `role`; an admin may act as a customer."""
        return self.role in (role, ADMIN)
