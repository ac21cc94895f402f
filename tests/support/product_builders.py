"""Builds products, their details and request bodies. Every field has a default."""

from typing import Any

from microshop.products.product import Product, ProductDetails
from tests.support.builders import NOON

_IMAGE = "https://img.example.com/1.jpg"


def a_product(
    *,
    product_id: int = 5,
    sku: str = "SKU-5",
    name: str = "Kettle",
    price_minor: int = 1999,
    stock: int = 3,
    version: int = 1,
) -> Product:
    """A product on sale."""
    return Product(
        id=product_id,
        sku=sku,
        name=name,
        description="Boils water.",
        category="Kitchen",
        image_urls=(_IMAGE,),
        price_minor=price_minor,
        currency="USD",
        stock=stock,
        version=version,
        created_at=NOON,
        updated_at=NOON,
    )


def some_details(
    *,
    sku: str = "K-1",
    name: str = "Kettle",
    description: str = "Boils water.",
    category: str = "Kitchen",
    price_minor: int = 1999,
    low_stock_threshold: int | None = 10,
) -> ProductDetails:
    """The details in `a_product_body`."""
    return ProductDetails(
        sku=sku,
        name=name,
        description=description,
        category=category,
        image_urls=(_IMAGE,),
        price_minor=price_minor,
        currency="USD",
        low_stock_threshold=low_stock_threshold,
    )


def a_product_body(**changed: Any) -> dict[str, Any]:
    """The body of a request that creates or replaces a product, with every detail."""
    return {
        "name": "Kettle",
        "price": "19.99",
        "description": "Boils water.",
        "category": "Kitchen",
        "sku": "K-1",
        "image_urls": [_IMAGE],
        "low_stock_threshold": 10,
        **changed,
    }
