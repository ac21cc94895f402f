"""Turns what an admin sent into a product's details: the price in minor units, a SKU where none was given."""

from typing import Protocol

from microshop.errors import FieldProblem, InvalidInput
from microshop.money import to_minor
from microshop.products.product import MAX_PRICE_MINOR, ProductDetails, new_sku


class SentProduct(Protocol):
    """The fields of a request that says what a product is."""

    @property
    def sku(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def image_urls(self) -> list[str]: ...
    @property
    def price(self) -> object: ...
    @property
    def low_stock_threshold(self) -> int | None: ...


def product_details(sent: SentProduct, currency: str) -> ProductDetails:
    """The details, with the price in the minor unit of `currency`.

    Raises:
        InvalidInput: the price has more decimals than the currency, or is over 9,999,999,999 minor units.
    """
    return ProductDetails(
        sku=sent.sku or new_sku(),
        name=sent.name,
        description=sent.description,
        category=sent.category,
        image_urls=tuple(sent.image_urls),
        price_minor=_price_minor(str(sent.price), currency),
        currency=currency,
        low_stock_threshold=sent.low_stock_threshold,
    )


def _price_minor(price: str, currency: str) -> int:
    try:
        minor = to_minor(price, currency)
    except ValueError as error:
        raise InvalidInput(FieldProblem("price", str(error))) from None
    if minor > MAX_PRICE_MINOR:
        raise InvalidInput(FieldProblem("price", "is too high"))
    return minor
