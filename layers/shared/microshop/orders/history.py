"""The audit trail of an order: one entry for every change, its making included."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from microshop.caller import ADMIN, Caller
from microshop.messaging.event import Event
from microshop.orders.order import Order
from microshop.orders.states import PaymentStatus, Status

type ActorKind = Literal["customer", "admin", "system"]


@dataclass(frozen=True)
class Actor:
    """Who changed an order; the shop itself has no id."""

    kind: ActorKind
    user_id: int | None

    @classmethod
    def system(cls) -> "Actor":
        """The shop itself."""
        return cls("system", None)

    @classmethod
    def of(cls, caller: Caller) -> "Actor":
        """The caller of a request."""
        return cls("admin" if caller.has_role(ADMIN) else "customer", caller.user_id)


@dataclass(frozen=True)
class HistoryEntry:
    """A change; what the order was then."""

    version: int
    action: str
    status: Status
    payment_status: PaymentStatus
    actor: ActorKind
    actor_id: int | None
    note: str | None
    created_at: datetime


@dataclass(frozen=True)
class Change:
    """A change that is about to be written: the order as it is then, its entry's words, and the event that tells it."""

    order: Order
    action: str
    actor: Actor
    event: Event
    note: str | None = None
