"""The request model for units of a product, which several endpoints share."""

from typing import Annotated

from pydantic import Field

from microshop.limits import MAX_ID
from microshop.orders.requested_lines import MAX_QUANTITY
from microshop.schemas import RequestModel

Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class OrderItem(RequestModel):
    """Units of a product."""

    product_id: Id
    quantity: Quantity
