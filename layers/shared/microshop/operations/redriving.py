"""The use case in which staff redrive dead letters.

A queue cannot commit with its audit row, so the row comes before the first message (switching.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.messaging.redriving import redrive
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from microshop.caller import Caller
    from microshop.messaging.dead_letter_reading import ConsumerQueue
    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.redriving import RedriveResult
    from microshop.operations.unit_of_work import OperationsUnitOfWork


def redrive_letters(
    caller: Caller,
    queue: ConsumerQueue,
    message_id: str | None,
    *,
    now: datetime,
    has_time: Callable[[], bool],
    on_sent: Callable[[DeadLetter, str], None],
    uow: OperationsUnitOfWork,
) -> RedriveResult:
    """Send back one message, or all that are older than `now` if `message_id` is None.

    One audit row has the whole request, however many messages it sends. Without a message to send there is none.

    Raises:
        NotFound: the queue has no such message that can be received at the moment.
        Unavailable: the database does not answer; no message was sent.
    """

    @retry_on_conflict
    def record() -> None:
        with uow:
            changes = {"queue": (None, queue.name), "message": (None, message_id or "all")}
            uow.audit.record(caller, "dead_letter.redrive", "dead_letter", None, changes)
            uow.commit()

    result = redrive(
        queue.dead_letters,
        message_id=message_id,
        began_at=now,
        has_time=has_time,
        before_first=record,
        on_sent=on_sent,
    )
    if message_id is not None and result.complete and not (result.sent or result.unreadable or result.failed):
        raise NotFound("message in the queue at the moment")
    return result
