"""Request bodies of operations."""

from typing import Annotated, Self

from pydantic import model_validator

from microshop.schemas import Reason, RequestModel, Text, field_error, line


class RedriveRequest(RequestModel):
    """POST /admin/dead-letters/{queue}/redrive: the id of one message, or `all`."""

    message: Annotated[Text, line(100)]

    @property
    def message_id(self) -> str | None:
        """The message; None for all."""
        return None if self.message == "all" else self.message


class SwitchReadOnlyRequest(RequestModel):
    """PUT /admin/read-only: whether the shop refuses changes, and the reason, which everybody can read."""

    read_only: bool
    reason: Reason | None = None

    @model_validator(mode="after")
    def _check_reason(self) -> Self:
        if self.read_only and self.reason is None:
            raise field_error("reason", "is required to make the shop read-only")
        if not self.read_only and self.reason is not None:
            raise field_error("read_only", "must be true with a reason; leave the reason out to allow changes")
        return self
