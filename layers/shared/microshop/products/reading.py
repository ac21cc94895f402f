"""Use cases that read the catalogue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from microshop.collation import sort_key
from microshop.cursors import page_of
from microshop.products.paging import Position, encode_cursor
from microshop.products.product import RenderedResponse
from microshop.products.view import category_list, etag_of, product_view

if TYPE_CHECKING:
    from microshop.cursors import Count, Page
    from microshop.products.product import Category, ListedProduct, Product, ProductFilter


class Products(Protocol):
    """Reads products that are on sale."""

    def by_id(self, product_id: int) -> Product | None: ...
    def page(self, criteria: ProductFilter, sort: str, after: Position | None, limit: int) -> list[ListedProduct]: ...


class Categories(Protocol):
    """Lists the categories that have products on sale."""

    def categories(self) -> list[Category]: ...


class Counts(Protocol):
    """Counts products that are on sale."""

    def count(self, criteria: ProductFilter) -> Count: ...


def list_products(
    criteria: ProductFilter,
    sort: str,
    after: Position | None,
    limit: int,
    products: Products,
    *,
    counts: Counts | None = None,
    cursor_scope: ProductFilter | None = None,
) -> Page[ListedProduct]:
    """Returns one page, with the count of the list if `counts` is given.

    A cursor is valid for `cursor_scope` only: the filters as the client sent them, if they differ from `criteria`.

    A new product causes no other product to be repeated or skipped on later pages.
    """
    found = products.page(criteria, sort, after, limit + 1)
    page = page_of(found, limit, lambda last: encode_cursor(_position(last, sort), sort, cursor_scope or criteria))
    return page if counts is None else page.with_count(lambda: counts.count(criteria), is_first=after is None)


def render_product(product_id: int, products: Products) -> RenderedResponse | None:
    """Returns the product's response body in JSON and its ETag, or None if there is no such product."""
    product = products.by_id(product_id)
    if product is None:
        return None
    body = json.dumps(product_view(product), ensure_ascii=False, separators=(",", ":"))
    return RenderedResponse(etag_of(product, body), body)


def render_categories(categories: Categories, language: str) -> RenderedResponse:
    """Returns the response body of the list of categories in JSON, sorted for readers of `language`. It has no ETag."""
    found = sorted(categories.categories(), key=lambda category: sort_key(category.name, language))
    view = category_list(found)
    return RenderedResponse("", json.dumps(view, ensure_ascii=False, separators=(",", ":")))


def _position(product: ListedProduct, sort: str) -> Position:
    value = {"newest": None, "name": product.name}.get(sort, product.price_minor)
    return Position(value, product.id)
