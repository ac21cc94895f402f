"""The request body of exports."""

import re
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from microshop.exports.period import MAX_DAYS, Kind, Period, Progress, decode_cursor, initial_progress
from microshop.platform import settings
from microshop.schemas import RequestModel, Text, field_error

# Only years from 2000 to 2999. Python's last date, 9999-12-31, has no next day.
_DATE = re.compile(r"2\d{3}-\d\d-\d\d", re.ASCII)


def day(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # such as 30 February
    raise ValueError("must be a date such as 2026-10-31")


Day = Annotated[date, BeforeValidator(day)]


class CreateExportRequest(RequestModel):
    """POST /exports: days in the shop's time zone, both included; the cursor of a file requests the next one."""

    kind: Kind
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    cursor: Text | None = None

    @property
    def period(self) -> Period:
        """The period to export."""
        return Period(self.kind, self.first, self.last, settings.shop_time_zone())

    def progress(self, now: datetime) -> Progress:
        """Returns the progress before this file."""
        return initial_progress(self.period, now) if self.cursor is None else decode_cursor(self.cursor, self.period)

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.period.days < 1:
            raise field_error("to", "must not be before from")
        if self.period.days > MAX_DAYS:
            raise field_error("to", f"must be at most {MAX_DAYS - 1} days after from")
        return self

    @model_validator(mode="after")
    def _check_cursor(self) -> Self:
        if self.cursor is not None:
            try:
                decode_cursor(self.cursor, self.period)
            except ValueError as error:
                raise field_error("cursor", str(error)) from None
        return self
