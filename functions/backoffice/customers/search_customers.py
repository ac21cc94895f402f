"""POST /api/v1/admin/customers/search: search customers. The body keeps addresses and names out of URLs."""

from microshop.customers.paging import search_customers
from microshop.customers.queries import CustomerQueries
from microshop.customers.schemas import SearchCustomersRequest
from microshop.customers.view import customer_page
from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.scopes import READ_CUSTOMERS


@endpoint(requires=READ_CUSTOMERS, while_read_only=True)
def handler(request: Request) -> Response:
    body = request.body(SearchCustomersRequest)
    queries = CustomerQueries(database())
    return ok(customer_page(search_customers(body.search, body.position, body.limit, queries)))
