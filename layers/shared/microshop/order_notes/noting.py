"""Use cases of notes that staff write about an order. Customers do not see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.order_notes.note import OrderNote
    from microshop.order_notes.unit_of_work import OrderNotesUnitOfWork


def add_note(
    caller: Caller, order_id: int, text: str, key: IdempotencyKey | None, uow: OrderNotesUnitOfWork
) -> OrderNote:
    """Add a note to an order, once per key. Returns it.

    Raises:
        NotFound: there is no such order.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.results, lambda: _add_note(caller, order_id, text, key, uow))


@retry_on_conflict
def _add_note(
    caller: Caller, order_id: int, text: str, key: IdempotencyKey | None, uow: OrderNotesUnitOfWork
) -> OrderNote:
    with uow:
        note = uow.notes.add(order_id, caller, text)
        if note is None:
            raise NotFound("order")
        changes = changed_fields({}, {"note_id": note.id, "text": text})
        uow.audit.record(caller, "order.add_note", "order", order_id, changes)
        if key is not None:
            uow.results.store(key, note)
        uow.commit()
    return note


def list_notes(order_id: int, uow: OrderNotesUnitOfWork) -> list[OrderNote]:
    """Returns the newest notes of an order, at most MAX_NOTES (repository.py).

    Raises:
        NotFound: there is no such order.
    """
    found = uow.notes.newest(order_id)
    if not found and not uow.notes.has_order(order_id):
        raise NotFound("order")
    return found
