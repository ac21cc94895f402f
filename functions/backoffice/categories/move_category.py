"""POST /api/v1/admin/categories/{id}/move: move a category with those below it, unless its version has changed."""

from microshop.categories.cache import invalidate_tree
from microshop.categories.managing import move_category
from microshop.categories.schemas import MoveCategoryRequest
from microshop.categories.staff_view import category_etag, staff_category_view
from microshop.categories.unit_of_work import CategoriesUnitOfWork
from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages
from microshop.platform.mysql import database
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    category_id, body, languages = request.path_id("id"), request.body(MoveCategoryRequest), catalogue_languages()
    moved = move_category(
        request.require_caller(),
        category_id,
        body.place(languages[0]),
        expected_version(request.header("if-match"), body.version),
        CategoriesUnitOfWork(database()),
    )
    degraded = invalidate_tree(languages)
    return ok(staff_category_view(moved), {"ETag": category_etag(moved)}, degraded=degraded)
