"""GET /api/v1/admin/customers/{id}: an account with its addresses, newest orders and the notes about them."""

from microshop.customers.queries import CustomerQueries
from microshop.customers.reading import get_customer
from microshop.customers.view import customer_view
from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.scopes import READ_CUSTOMERS


@endpoint(requires=READ_CUSTOMERS)
def handler(request: Request) -> Response:
    found = get_customer(request.require_caller(), request.path_id("id"), CustomerQueries(database()))
    return ok(customer_view(found))
