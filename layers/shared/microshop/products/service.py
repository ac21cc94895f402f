"""The use cases of the catalogue's readers."""

import json
from dataclasses import dataclass
from typing import Protocol

from microshop.products.paging import Position, encode_cursor
from microshop.products.product import FinishedProduct, Product, ProductFilter, etag_of, product_view


class Products(Protocol):
    """Where products are read."""

    def by_id(self, product_id: int) -> Product | None: ...
    def page(self, chosen: ProductFilter, sort: str, after: Position | None, limit: int) -> list[Product]: ...


@dataclass(frozen=True)
class Page:
    """Some products, and the cursor of the next page or None on the last."""

    items: list[Product]
    next_cursor: str | None


def list_products(chosen: ProductFilter, sort: str, after: Position | None, limit: int, products: Products) -> Page:
    """One page. Rows that are inserted meanwhile neither repeat nor hide others."""
    found = products.page(chosen, sort, after, limit + 1)  # one more tells whether another page follows
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode_cursor(_position(items[-1], sort), sort, chosen) if more else None)


def finished_product(product_id: int, products: Products) -> FinishedProduct | None:
    """A product as the bytes that go to the client, and their ETag."""
    product = products.by_id(product_id)
    if product is None:
        return None
    body = json.dumps(product_view(product), ensure_ascii=False, separators=(",", ":"))
    return FinishedProduct(etag_of(product, body), body)


def _position(product: Product, sort: str) -> Position:
    value = {"newest": None, "name": product.name}.get(sort, product.price_minor)
    return Position(value, product.id)
