"""A change that breaks clients."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Change:
    """A change that breaks clients.

    Args:
        where: `Order.status` in a component, else below the operation: `GET /api/v1/orders query.limit`.
        what: what a client notices.
    """

    where: str
    what: str


class Direction(StrEnum):
    """Who sends the values that the schema describes."""

    REQUEST = "request"
    RESPONSE = "response"
    # Clients that do not know a problem's type go by the status (RFC 9110, section 15), so a new type breaks nobody.
    ERROR = "error"
