"""A handler that changes stock for staff and writes no audit row: its use case is imported, but not called."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.listings.simple_products import archive_product
from microshop.platform.mysql import database
from microshop.products.queries import ProductQueries
from microshop.scopes import READ_ORDERS, WRITE_STOCK

_UNUSED = archive_product


@endpoint(requires=(READ_ORDERS, WRITE_STOCK))
def handler(request: Request) -> Response:
    ProductQueries(database()).by_id(request.path_id("id"))
    return no_content()
