"""GET /api/v1/products/categories: the categories that have products on sale."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.products.queries import ProductQueries
from microshop.products.view import category_list


@endpoint()
def handler(_request: Request) -> Response:
    return ok(category_list(ProductQueries(database(), settings.text("CURRENCY")).categories()))
