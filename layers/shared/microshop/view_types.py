"""The field types of responses and events. Their names are the names that docs/openapi.yaml gives them.

Modules import them under TYPE_CHECKING: type checkers and `make documents` read them, and no function loads them. The
dictionaries are keywords of JSON schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    from microshop.limits import MAX_ID

type Id = Annotated[int, {"minimum": 1, "maximum": MAX_ID}]
"""The id of a row."""

type Positive = Annotated[int, {"minimum": 1}]
"""A number of things of which there is at least one, or a version."""

type NotNegative = Annotated[int, {"minimum": 0}]
"""A number of things of which there may be none, or an amount in the minor unit of its currency."""

type Timestamp = Annotated[str, {"format": "date-time"}]
"""RFC 3339, with microseconds where they are not zero, in UTC."""

type Money = Annotated[str, {"pattern": r"^[0-9]+(\.[0-9]{2,3})?$"}]
"""An amount in the major unit of its currency, with all its decimal digits: `"19.90"`."""

type Currency = Annotated[str, {"pattern": "^[A-Z]{3}$"}]
"""A code of ISO 4217."""

type OrderNumber = Annotated[str, {"pattern": "^MS-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$"}]
"""The number that people call an order by, such as `MS-7F3K-9QXD`."""

type Url = Annotated[str, {"format": "uri"}]
"""An absolute URL."""

type NextCursor = str | None
"""The cursor of the next page; null on the last."""
