"""The catalogue as the API shows it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from microshop.money import to_decimal
from microshop.products.product import AdjustedStock

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import Annotated, TypedDict

    from microshop.cursors import Page
    from microshop.list_view import ListCount
    from microshop.products.product import MAX_SUMMARY_LENGTH, Category, ListedProduct, ManagedProduct, Product
    from microshop.view_types import Currency, Id, Money, NextCursor, Timestamp, Url

    class ProductView(TypedDict):
        """A product as everybody sees it."""

        id: Id
        sku: str
        name: str
        description: str
        category: str
        image_urls: list[Url]
        price: Money
        currency: Currency
        stock: int
        version: int
        created_at: Timestamp
        updated_at: Timestamp

    type Summary = Annotated[str, {"maxLength": MAX_SUMMARY_LENGTH}]
    """The beginning of a description, in one line."""

    class ListedProductView(TypedDict):
        """A product in a list."""

        id: Id
        sku: str
        name: str
        summary: Summary
        category: str
        image_urls: list[Url]
        price: Money
        currency: Currency
        stock: int
        version: int
        created_at: Timestamp
        updated_at: Timestamp

    class ManagedProductView(ProductView):
        """A product as admins see it."""

        low_stock_threshold: int

    class ProductCreatedView(TypedDict):
        """The response to a request that created a product."""

        message: str
        id: Id
        product_id: Id

    class StockAdjusted(TypedDict):
        """The response to a request that changed the stock."""

        message: str
        id: Id
        product_id: Id
        stock: int

    class StockOfVariant(TypedDict):
        """The units on hand of a variant after a change."""

        id: Id
        stock: int

    class ChangedStock(TypedDict):
        """The response to changes of the stock of several variants, in the order of the request."""

        items: list[StockOfVariant]

    class ProductPage(TypedDict):
        """A page of products."""

        items: list[ListedProductView]
        next_cursor: NextCursor
        count: ListCount | None

    class CategoryView(TypedDict):
        """A category and how many products on sale it has; if the number is not `exact`, there are more."""

        category: str
        products: int
        exact: bool

    class CategoryList(TypedDict):
        """All categories."""

        items: list[CategoryView]


def product_view(product: Product) -> ProductView:
    """Returns a product as everybody sees it."""
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "image_urls": list(product.image_urls),
        "price": to_decimal(product.price_minor, product.currency),
        "currency": product.currency,
        "stock": product.stock,
        "version": product.version,
        "created_at": product.created_at.isoformat(),
        "updated_at": product.updated_at.isoformat(),
    }


def managed_product_view(managed: ManagedProduct) -> ManagedProductView:
    """Returns a product as admins see it."""
    return {**product_view(managed.product), "low_stock_threshold": managed.low_stock_threshold}


def created_product_view(product_id: int) -> ProductCreatedView:
    """Returns the response to a request that created a product; stored under its idempotency key."""
    return {"message": "product created successfully", "id": product_id, "product_id": product_id}


def parse_created_product(stored: Mapping[str, Any]) -> int:
    """Returns the product's id from its stored response: the inverse of `created_product_view`."""
    return int(stored["product_id"])


def adjusted_stock_view(adjusted: AdjustedStock) -> StockAdjusted:
    """Returns the response to a request that changed the stock; stored under its idempotency key."""
    return {
        "message": "stock adjusted successfully",
        "id": adjusted.product_id,
        "product_id": adjusted.product_id,
        "stock": adjusted.stock,
    }


def parse_adjusted_stock(stored: Mapping[str, Any]) -> AdjustedStock:
    """Returns the result of an adjustment from its stored response: the inverse of `adjusted_stock_view`."""
    return AdjustedStock(stored["product_id"], stored["stock"])


def changed_stock_view(adjusted: Sequence[AdjustedStock]) -> ChangedStock:
    """Returns the response to changes of several products; stored under its idempotency key."""
    return {"items": [{"id": each.product_id, "stock": each.stock} for each in adjusted]}


def parse_changed_stock(stored: Mapping[str, Any]) -> list[AdjustedStock]:
    """Returns the results from their stored response: the inverse of `changed_stock_view`."""
    return [AdjustedStock(item["id"], item["stock"]) for item in stored["items"]]


def listed_product_view(product: ListedProduct) -> ListedProductView:
    """Returns a product in a list."""
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "summary": product.summary,
        "category": product.category,
        "image_urls": list(product.image_urls),
        "price": to_decimal(product.price_minor, product.currency),
        "currency": product.currency,
        "stock": product.stock,
        "version": product.version,
        "created_at": product.created_at.isoformat(),
        "updated_at": product.updated_at.isoformat(),
    }


def product_page(page: Page[ListedProduct]) -> ProductPage:
    """Returns a page of products."""
    return {
        "items": [listed_product_view(product) for product in page.items],
        "next_cursor": page.next_cursor,
        "count": {"value": page.total.value, "exact": page.total.exact} if page.total else None,
    }


def category_list(categories: Sequence[Category]) -> CategoryList:
    """Returns all categories."""
    return {
        "items": [
            {"category": category.name, "products": category.products.value, "exact": category.products.exact}
            for category in categories
        ]
    }


def etag_of(product: Product, body: str) -> str:
    """Returns the ETag: the version, for If-Match, and a digest of the body, because stock changes keep the version."""
    return f'"{product.version}-{hashlib.blake2b(body.encode(), digest_size=8).hexdigest()}"'
