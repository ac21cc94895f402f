"""A change that breaks clients."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Change:
    """A change that breaks clients.

    Args:
        where: `Order.status` in a component, else below the operation: `GET /api/v1/orders query.limit`.
        what: the effect on clients.
    """

    where: str
    what: str


class Direction(StrEnum):
    """The direction in which the values of a schema are sent."""

    REQUEST = "request"
    RESPONSE = "response"
    # Clients treat an unknown problem type like its status (RFC 9110, section 15), so new types break no clients.
    ERROR = "error"
