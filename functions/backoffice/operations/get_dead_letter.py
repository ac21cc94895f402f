"""GET /api/v1/admin/dead-letters/{queue}/{message}: the event in a dead letter, and what has become of it."""

from microshop.http import Request, Response, endpoint, ok
from microshop.messaging.dead_letter_reading import find_letter, queue_named, require_found
from microshop.messaging.queries import inbox_records
from microshop.operations.dead_letter_view import search_view
from microshop.operations.time_budget import time_for_queue
from microshop.platform.mysql import database
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE)
def handler(request: Request) -> Response:
    has_time, name, message_id = time_for_queue(), request.path_text("queue", 80), request.path_text("message", 100)
    from microshop.messaging.dead_letter_queue import queues_for_request  # noqa: PLC0415 - boto3 loads slowly

    with queues_for_request() as queues:
        queue = queue_named(name, queues)
        letter = find_letter(queue, message_id, has_time)
        require_found(letter, has_time)
        event_ids = [letter.event.id] if letter and letter.event else []
        return ok(search_view(queue, letter, inbox_records(database(), queue.consumer, event_ids)))
