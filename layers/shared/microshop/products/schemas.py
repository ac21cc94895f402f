"""Request bodies for changes of the catalogue."""

import secrets
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from microshop.charge_limits import ChargeLimits
from microshop.products.image_urls import normalise_image_url
from microshop.products.product import (
    DEFAULT_CATEGORY,
    DEFAULT_LOW_STOCK_THRESHOLD,
    MAX_CATEGORY_LENGTH,
    MAX_DESCRIPTION_LENGTH,
    MAX_IMAGE_URL_LENGTH,
    MAX_IMAGES,
    MAX_NAME_LENGTH,
    MAX_SKU_LENGTH,
    MAX_STOCK_CHANGE,
    ProductDetails,
    price_in_minor_units,
)
from microshop.schemas import OR_BLANK, Reason, RequestModel, SentAmount, Text, field_error, line, prose

WRONG_DELTA = "must not be 0, and must be positive for received goods"


def image_url(text: str) -> str:
    return normalise_image_url(text, MAX_IMAGE_URL_LENGTH)


Sku = Annotated[Text, line(MAX_SKU_LENGTH)]
Name = Annotated[Text, line(MAX_NAME_LENGTH)]
CategoryName = Annotated[Text, line(MAX_CATEGORY_LENGTH)]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION_LENGTH), prose(MAX_DESCRIPTION_LENGTH)]
SentImageUrls = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=MAX_IMAGE_URL_LENGTH), AfterValidator(image_url)]],
    Field(max_length=MAX_IMAGES),
]
Threshold = Annotated[int, Field(ge=0, le=MAX_STOCK_CHANGE)]


class CreateProductRequest(RequestModel):
    """POST /products: only name and price are required."""

    name: Name
    price: SentAmount
    stock: Annotated[int, Field(ge=0, le=MAX_STOCK_CHANGE)] = 0
    description: Description = ""
    category: Annotated[CategoryName, OR_BLANK] = DEFAULT_CATEGORY
    sku: Annotated[Sku, OR_BLANK] | None = None
    image_urls: SentImageUrls = Field(default=[])
    low_stock_threshold: Threshold = DEFAULT_LOW_STOCK_THRESHOLD

    def details(self, currency: str, limits: ChargeLimits | None = None) -> ProductDetails:
        """Returns the details of the product; see `_details`."""
        return _details(self, currency, limits)


class UpdateProductRequest(RequestModel):
    """PUT /products/{id}: all details of a product, without its stock; an omitted threshold stays unchanged."""

    name: Name
    price: SentAmount
    description: Description
    category: CategoryName
    sku: Sku
    image_urls: SentImageUrls
    low_stock_threshold: Threshold | None = None
    version: Annotated[int, Field(ge=1)] | None = None

    def details(self, currency: str, limits: ChargeLimits | None = None) -> ProductDetails:
        """Returns the details of the product; see `_details`."""
        return _details(self, currency, limits)


class AdjustStockRequest(RequestModel):
    """POST /products/{id}/stock: `received` is for incoming goods, `adjusted` for everything else."""

    delta: Annotated[int, Field(ge=-MAX_STOCK_CHANGE, le=MAX_STOCK_CHANGE)]
    reason: Reason
    kind: Literal["received", "adjusted"] = "adjusted"

    @model_validator(mode="after")
    def _check_delta(self) -> Self:
        if self.delta == 0 or (self.kind == "received" and self.delta < 0):
            raise field_error("delta", WRONG_DELTA)
        return self


def _details(
    sent: CreateProductRequest | UpdateProductRequest, currency: str, limits: ChargeLimits | None
) -> ProductDetails:
    """Returns the details, with the price in the minor unit of `currency` and a new SKU if none was sent.

    Raises:
        InvalidInput: the price has more decimals than the currency, is too high, or cannot be charged.
    """
    return ProductDetails(
        sku=sent.sku or f"P-{secrets.token_hex(5).upper()}",
        name=sent.name,
        description=sent.description,
        category=sent.category,
        image_urls=tuple(sent.image_urls),
        price_minor=price_in_minor_units(str(sent.price), currency, limits),
        currency=currency,
        low_stock_threshold=sent.low_stock_threshold,
    )
