"""The audit trail of an order: one entry for every change, its making included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from microshop.caller import ADMIN

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.caller import Caller
    from microshop.messaging.event import Event
    from microshop.orders.order import Order
    from microshop.orders.states import Action, OrderStatus, PaymentStatus

type ActorKind = Literal["customer", "admin", "system"]


@dataclass(frozen=True)
class Actor:
    """The author of a change; the shop itself has no id."""

    kind: ActorKind
    user_id: int | None

    @classmethod
    def system(cls) -> Actor:
        """The shop itself."""
        return cls("system", None)

    @classmethod
    def of(cls, caller: Caller) -> Actor:
        """The caller of a request."""
        return cls("admin" if caller.has_role(ADMIN) else "customer", caller.user_id)


@dataclass(frozen=True)
class HistoryEntry:
    """A change, and the state of the order after it."""

    version: int
    action: Action
    status: OrderStatus
    payment_status: PaymentStatus
    actor: ActorKind
    actor_id: int | None
    note: str | None
    created_at: datetime


@dataclass(frozen=True)
class Change:
    """A change to be written: the order after it, its history entry and its event."""

    order: Order
    action: Action
    actor: Actor
    event: Event
    note: str | None = None
