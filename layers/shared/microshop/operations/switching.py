"""The use case in which staff turn the read-only switch.

The switch is in Redis and its audit row in the database, so they cannot commit together. The row comes first: a crash
in between leaves a row without an effect, and never an effect without a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop.audit.changes import changed_fields
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.operations.unit_of_work import OperationsUnitOfWork
    from microshop.read_only import ReadOnlyState


class Switch(Protocol):
    """The read-only switch (read_only.py)."""

    def turn_on(self, reason: str, operator: str) -> None: ...
    def turn_off(self) -> bool: ...
    def state(self) -> ReadOnlyState | None: ...


def switch_read_only(
    caller: Caller, reason: str | None, switch: Switch, uow: OperationsUnitOfWork
) -> ReadOnlyState | None:
    """Make the shop read-only for this reason; None allows changes again. Returns the state afterwards.

    A request for the present state changes nothing, so a client may repeat it.

    Raises:
        Unavailable: Redis does not answer.
    """
    before = switch.state()
    if reason == (before.reason if before else None):
        return before
    _record(caller, before.reason if before else None, reason, uow)
    if reason is None:
        switch.turn_off()
    else:
        switch.turn_on(reason, _name_of(caller))
    return switch.state()


@retry_on_conflict
def _record(caller: Caller, before: str | None, reason: str | None, uow: OperationsUnitOfWork) -> None:
    with uow:
        action = "shop.allow_changes" if reason is None else "shop.make_read_only"
        uow.audit.record(caller, action, "shop", None, changed_fields(_recorded(before), _recorded(reason)))
        uow.commit()


def _recorded(reason: str | None) -> dict[str, object]:
    return {"read_only": reason is not None, "reason": reason}


def _name_of(caller: Caller) -> str:
    return f"user {caller.user_id}" + (f", API key {caller.key_id}" if caller.key_id else "")
