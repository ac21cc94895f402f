"""The audit log of an order: one entry for every change, including its placing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.caller import Caller
    from microshop.messaging.event import Event
    from microshop.orders.order import Order
    from microshop.orders.states import Action, OrderStatus, PaymentStatus

type ActorKind = Literal["customer", "admin", "system"]


class Actor(Value):
    """The user who made a change, or the shop itself, which has no id."""

    kind: ActorKind
    user_id: int | None

    @classmethod
    def system(cls) -> Actor:
        """Returns the shop itself."""
        return cls("system", None)

    @classmethod
    def of(cls, caller: Caller) -> Actor:
        """Returns the actor for the caller of a request."""
        return cls("admin" if caller.is_staff else "customer", caller.user_id)


class HistoryEntry(Value):
    """A change and the order's state after it."""

    version: int
    action: Action
    status: OrderStatus
    payment_status: PaymentStatus
    actor: ActorKind
    actor_id: int | None
    note: str | None
    created_at: datetime


class Change(Value):
    """A change to write: the order after the change, its history entry and its event."""

    order: Order
    action: Action
    actor: Actor
    event: Event
    note: str | None = None
