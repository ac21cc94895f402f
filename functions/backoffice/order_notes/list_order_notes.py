"""GET /api/v1/admin/orders/{id}/notes: the newest notes of staff about an order."""

from microshop.http import Request, Response, endpoint, ok
from microshop.order_notes.noting import list_notes
from microshop.order_notes.unit_of_work import OrderNotesUnitOfWork
from microshop.order_notes.view import order_note_list
from microshop.platform.mysql import database
from microshop.scopes import READ_ORDERS


@endpoint(requires=READ_ORDERS)
def handler(request: Request) -> Response:
    return ok(order_note_list(list_notes(request.path_id("id"), OrderNotesUnitOfWork(database()))))
