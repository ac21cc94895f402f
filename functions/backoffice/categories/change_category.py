"""PUT /api/v1/admin/categories/{id}: replace the texts of a category, unless its version has changed."""

from microshop.categories.cache import invalidate_tree
from microshop.categories.managing import change_category
from microshop.categories.schemas import ChangeCategoryRequest
from microshop.categories.staff_view import category_etag, staff_category_view
from microshop.categories.unit_of_work import CategoriesUnitOfWork
from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages
from microshop.platform.mysql import database
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    category_id, body, languages = request.path_id("id"), request.body(ChangeCategoryRequest), catalogue_languages()
    changed = change_category(
        request.require_caller(),
        category_id,
        body.details(languages),
        expected_version(request.header("if-match"), body.version),
        CategoriesUnitOfWork(database()),
    )
    degraded = invalidate_tree(languages)
    return ok(staff_category_view(changed), {"ETag": category_etag(changed)}, degraded=degraded)
