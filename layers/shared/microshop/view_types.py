"""The field types of responses and events. docs/openapi.yaml uses the same names.

Modules import them under TYPE_CHECKING: type checkers and `make documents` read them, and no function loads them. The
dictionaries are JSON Schema keywords.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    from microshop.limits import MAX_ID

type Id = Annotated[int, {"minimum": 1, "maximum": MAX_ID}]
"""The id of a row."""

type Positive = Annotated[int, {"minimum": 1}]
"""A count of at least one, or a version."""

type NotNegative = Annotated[int, {"minimum": 0}]
"""A count that may be zero, or an amount in the minor unit of its currency."""

type Timestamp = Annotated[str, {"format": "date-time"}]
"""A time in UTC (RFC 3339), with microseconds unless they are zero."""

type UtcDay = Annotated[str, {"format": "date"}]
"""A day in UTC."""

type Money = Annotated[str, {"pattern": r"^[0-9]+(\.[0-9]{2,3})?$"}]
"""An amount in the major unit of its currency, with all decimal digits: `"19.90"`."""

type Currency = Annotated[str, {"pattern": "^[A-Z]{3}$"}]
"""A currency code (ISO 4217)."""

type OrderNumber = Annotated[str, {"pattern": "^MS-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$"}]
"""The order number that people see, such as `MS-7F3K-9QXD`."""

type Url = Annotated[str, {"format": "uri"}]
"""An absolute URL."""

type NextCursor = str | None
"""The cursor of the next page; null on the last."""
