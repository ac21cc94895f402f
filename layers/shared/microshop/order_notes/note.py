"""A note about an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime


class OrderNote(Value):
    """A note of a member of staff, or of their API key."""

    id: int
    order_id: int
    user_id: int
    key_id: int | None
    text: str
    created_at: datetime
