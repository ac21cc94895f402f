"""POST /api/v1/admin/categories: add a category."""

from microshop.categories.cache import invalidate_tree
from microshop.categories.category import ROOT
from microshop.categories.managing import add_category
from microshop.categories.schemas import AddCategoryRequest
from microshop.categories.staff_view import added_category_view
from microshop.categories.unit_of_work import CategoriesUnitOfWork
from microshop.http import Request, Response, created, endpoint
from microshop.http.catalogue_language import catalogue_languages
from microshop.platform.mysql import database
from microshop.scopes import WRITE_CATALOGUE


@endpoint(requires=WRITE_CATALOGUE, takes_key=True)
def handler(request: Request) -> Response:
    body, languages = request.body(AddCategoryRequest), catalogue_languages()
    details, key = body.details(languages), request.idempotency_key(body)
    added = add_category(
        request.require_caller(), body.parent_id or ROOT, details, key, CategoriesUnitOfWork(database())
    )
    degraded = invalidate_tree(languages)
    return created(added_category_view(added), location=f"/api/v1/categories/{added.id}", degraded=degraded)
