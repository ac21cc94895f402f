"""DELETE /api/v1/admin/categories/{id}: delete a category without children and listings."""

from microshop.categories.cache import invalidate_tree
from microshop.categories.managing import delete_category
from microshop.categories.unit_of_work import CategoriesUnitOfWork
from microshop.http import Request, Response, endpoint, no_content
from microshop.http.catalogue_language import catalogue_languages
from microshop.platform.mysql import database
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    category_id, if_match = request.path_id("id"), request.header("if-match")
    expected = expected_version(if_match) if if_match else None
    delete_category(request.require_caller(), category_id, expected, CategoriesUnitOfWork(database()))
    return no_content(degraded=invalidate_tree(catalogue_languages()))
