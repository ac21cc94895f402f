"""Who calls: what the authorizer found out about the token's owner."""

from dataclasses import dataclass

CUSTOMER = "customer"
ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """A logged-in user; `session` is the hash under which the token is stored.

    `read_only` is why nobody, whoever calls, may change anything at the moment (read_only.py).
    """

    user_id: int
    role: str
    session: str
    read_only: str | None = None

    def has_role(self, role: str) -> bool:
        """Whether the caller may act as `role`; an admin may act as a customer."""
        return self.role in (role, ADMIN)
