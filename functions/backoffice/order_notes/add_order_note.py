"""POST /api/v1/admin/orders/{id}/notes: note something about an order, for other members of staff."""

from microshop.http import Request, Response, created, endpoint
from microshop.order_notes.noting import add_note
from microshop.order_notes.schemas import AddNoteRequest
from microshop.order_notes.unit_of_work import OrderNotesUnitOfWork
from microshop.order_notes.view import order_note_view
from microshop.platform.mysql import database
from microshop.scopes import WRITE_ORDERS


@endpoint(requires=WRITE_ORDERS, takes_key=True)
def handler(request: Request) -> Response:
    order_id, body = request.path_id("id"), request.body(AddNoteRequest)
    key = request.idempotency_key(body)
    note = add_note(request.require_caller(), order_id, body.text, key, OrderNotesUnitOfWork(database()))
    return created(order_note_view(note), location=f"/api/v1/admin/orders/{order_id}/notes")
