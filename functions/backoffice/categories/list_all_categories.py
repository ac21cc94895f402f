"""GET /api/v1/admin/categories: the whole category tree with the texts in all languages."""

from microshop.categories.queries import TreeQueries
from microshop.categories.reading import list_categories
from microshop.categories.staff_view import staff_category_list
from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages
from microshop.platform.mysql import database
from microshop.scopes import WRITE_CATALOGUE


@endpoint(requires=WRITE_CATALOGUE)
def handler(_request: Request) -> Response:
    return ok(staff_category_list(list_categories(TreeQueries(database())), catalogue_languages()[0]))
