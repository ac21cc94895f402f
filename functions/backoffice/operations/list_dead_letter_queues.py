"""GET /api/v1/admin/dead-letters: the number of dead letters in each queue."""

from microshop.http import Request, Response, endpoint, ok
from microshop.operations.dead_letter_view import queues_view
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE)
def handler(_request: Request) -> Response:
    from microshop.messaging.dead_letter_queue import queues_for_request  # noqa: PLC0415 - boto3 loads slowly

    with queues_for_request() as queues:
        return ok(queues_view(list(queues.values())))
