"""Request bodies of the address book."""

from typing import Annotated

from pydantic import Field

from microshop.orders.schemas import PostalAddress
from microshop.schemas import RequestModel


class AddAddressRequest(RequestModel):
    """POST /users/addresses."""

    address: PostalAddress
    is_default: bool = False

    def fields(self) -> dict[str, str]:
        """Returns the fields that were sent."""
        return self.address.model_dump(exclude_none=True)


class ChangeAddressRequest(RequestModel):
    """PUT /users/addresses/{id}: replaces all fields of the address; an omitted `is_default` stays."""

    address: PostalAddress
    is_default: bool | None = None
    version: Annotated[int, Field(ge=1)] | None = None

    def fields(self) -> dict[str, str]:
        """Returns the fields that were sent."""
        return self.address.model_dump(exclude_none=True)
