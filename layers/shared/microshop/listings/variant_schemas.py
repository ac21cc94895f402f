"""Request bodies of changes of variants."""

from typing import Annotated

from pydantic import Field

from microshop.charge_limits import ChargeLimits
from microshop.listings.schemas import SentVariant, minor_price
from microshop.listings.variant import VariantDetails
from microshop.products.schemas import SentImageUrls, Sku, Threshold
from microshop.schemas import OR_BLANK, RequestModel, SentAmount

Version = Annotated[int, Field(ge=1)]


class AddVariantRequest(SentVariant):
    """POST /admin/listings/{id}/variants: only the price and the options of the listing are required."""


class UpdateVariantRequest(RequestModel):
    """PUT /admin/variants/{id}: replaces all fields; an omitted threshold stays."""

    sku: Sku
    price: SentAmount
    image_urls: SentImageUrls
    low_stock_threshold: Threshold | None = None
    version: Version | None = None

    def details(self, currency: str, limits: ChargeLimits | None = None) -> VariantDetails:
        """Returns the fields, with the price in the minor unit of `currency`.

        Raises:
            InvalidInput: the price has more decimals than the currency, is too high, or cannot be charged.
        """
        return VariantDetails(
            sku=self.sku,
            price_minor=minor_price(self.price, currency, limits),
            currency=currency,
            low_stock_threshold=self.low_stock_threshold,
            image_urls=tuple(self.image_urls),
        )


class ArchiveVariantRequest(RequestModel):
    """POST /admin/variants/{id}/archive: with `release`, other products may then have the SKU and the options."""

    release: bool = False
    version: Version | None = None


class RestoreVariantRequest(RequestModel):
    """POST /admin/variants/{id}/restore: an SKU is required if the variant has released its own."""

    sku: Annotated[Sku, OR_BLANK] | None = None
    version: Version | None = None
