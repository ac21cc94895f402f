"""POST /api/v1/admin/dead-letters/{queue}/redrive: send one dead letter, or all, back to the source queue."""

from datetime import UTC, datetime

from microshop.http import Request, Response, endpoint, ok
from microshop.messaging.dead_letter_reading import queue_named
from microshop.messaging.dead_letters import DeadLetter
from microshop.operations.dead_letter_view import redriven_view
from microshop.operations.redriving import redrive_letters
from microshop.operations.schemas import RedriveRequest
from microshop.operations.time_budget import time_for_queue
from microshop.operations.unit_of_work import OperationsUnitOfWork
from microshop.platform import observability
from microshop.platform.mysql import database
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE)
def handler(request: Request) -> Response:
    has_time, name, body = time_for_queue(), request.path_text("queue", 80), request.body(RedriveRequest)
    logged = {"request_id": request.id, "queue": name}

    def log_sent(letter: DeadLetter, new_id: str) -> None:
        event_id = letter.event.id if letter.event else None
        ids = {"message_id": letter.message_id, "new_message_id": new_id, "event_id": event_id}
        observability.log().info("dead letter redriven", **logged, **ids)

    from microshop.messaging.dead_letter_queue import queues_for_request  # noqa: PLC0415 - boto3 loads slowly

    with queues_for_request() as queues:
        queue = queue_named(name, queues)
        result = redrive_letters(
            request.require_caller(),
            queue,
            body.message_id,
            now=datetime.now(UTC),
            has_time=has_time,
            on_sent=log_sent,
            uow=OperationsUnitOfWork(database()),
        )
        for failed in result.failed:
            observability.log().error("dead letter not redriven", **logged, **failed._asdict())
        left, _ = queue.dead_letters.count()
    observability.log().info("end of redrive", **logged, redriven=result.sent, complete=result.complete, left=left)
    return ok(redriven_view(name, result, left))
