"""GET /api/v1/admin/dead-letters/{queue}: the dead letters of a queue."""

from microshop.http import Request, Response, endpoint, ok
from microshop.messaging.dead_letter_reading import first_letters, queue_named
from microshop.operations.dead_letter_view import letters_view
from microshop.operations.time_budget import time_for_queue
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE)
def handler(request: Request) -> Response:
    has_time, name = time_for_queue(), request.path_text("queue", 80)
    from microshop.messaging.dead_letter_queue import queues_for_request  # noqa: PLC0415 - boto3 loads slowly

    with queues_for_request() as queues:
        queue = queue_named(name, queues)
        return ok(letters_view(queue, first_letters(queue, has_time), has_time))
