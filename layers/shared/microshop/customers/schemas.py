"""Request bodies of the endpoints for customers."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_CURSOR_LENGTH, MAX_PAGE_SIZE
from microshop.customers.customer import CustomerSearch
from microshop.customers.paging import Position, decode_cursor
from microshop.orders.item_schemas import Id
from microshop.schemas import OR_BLANK, Reason, RequestModel, Text, field_error, line
from microshop.users.user import MAX_EMAIL_LENGTH, MAX_USERNAME_LENGTH


class SearchCustomersRequest(RequestModel):
    """POST /admin/customers/search: the beginning of an address or of a name, or an id; none of them lists all."""

    email: Annotated[Text, line(MAX_EMAIL_LENGTH), OR_BLANK] | None = None
    username: Annotated[Text, line(MAX_USERNAME_LENGTH), OR_BLANK] | None = None
    id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = DEFAULT_PAGE_SIZE
    cursor: Annotated[str, Field(max_length=MAX_CURSOR_LENGTH)] | None = None

    @property
    def search(self) -> CustomerSearch:
        """What to search for. Addresses are stored in lower case."""
        return CustomerSearch(self.email and self.email.lower(), self.username, self.id)

    @property
    def position(self) -> Position | None:
        """The position after which the page begins; None for the first page."""
        return None if self.cursor is None else decode_cursor(self.cursor, self.search)

    @model_validator(mode="after")
    def _check_is_one_criterion(self) -> Self:
        given = [name for name in ("email", "username", "id") if getattr(self, name) is not None]
        if len(given) > 1:
            raise field_error(given[1], f"is not allowed together with {given[0]}")
        return self

    @model_validator(mode="after")
    def _check_cursor(self) -> Self:
        try:
            _ = self.position
        except ValueError as error:
            raise field_error("cursor", str(error)) from None
        return self


class DisableCustomerRequest(RequestModel):
    """POST /admin/customers/{id}/disable: the reason is for other members of staff."""

    reason: Reason
