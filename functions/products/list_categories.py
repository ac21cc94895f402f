"""GET /api/v1/products/categories: the categories that have products on sale."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.products.queries import ProductQueries


@endpoint()
def handler(request: Request) -> Response:
    request.query().finish()
    categories = ProductQueries(database()).categories()
    return ok({"items": [{"category": category.name, "products": category.products} for category in categories]})
