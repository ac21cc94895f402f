"""Request body for changes of the prices of several variants."""

from typing import Annotated

from pydantic import Field

from microshop.charge_limits import ChargeLimits
from microshop.errors import FieldProblem, InvalidInput
from microshop.listings.schemas import minor_price
from microshop.listings.variant import PriceChange
from microshop.products.bulk_schemas import Id, refuse_repeated_ids
from microshop.products.product import MAX_CHANGES
from microshop.schemas import RequestModel, SentAmount


class SentPriceChange(RequestModel):
    """A new price of a variant."""

    id: Id
    price: SentAmount
    version: Annotated[int, Field(ge=1)]


class ChangePricesRequest(RequestModel):
    """POST /admin/variants/prices: changes all prices or none."""

    changes: Annotated[list[SentPriceChange], Field(min_length=1, max_length=MAX_CHANGES)]

    def price_changes(self, currency: str, limits: ChargeLimits | None = None) -> list[PriceChange]:
        """Returns the changes in the order of the request, with prices in the minor unit of `currency`.

        Raises:
            InvalidInput: a variant is changed twice, or prices have more decimals than the currency, are too high, or
                cannot be charged; it names the fields.
        """
        refuse_repeated_ids([change.id for change in self.changes])
        prices, problems = [], list[FieldProblem]()
        for number, change in enumerate(self.changes):
            try:
                prices.append(minor_price(change.price, currency, limits, f"changes.{number}."))
            except InvalidInput as error:
                problems += error.problems
        if problems:
            raise InvalidInput(*problems)
        return [
            PriceChange(change.id, price, currency, change.version)
            for change, price in zip(self.changes, prices, strict=True)
        ]
