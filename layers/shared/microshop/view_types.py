"""The field types of responses. Their names are the names that docs/openapi.yaml gives them."""

type Timestamp = str
"""RFC 3339, with microseconds where they are not zero, in UTC."""

type Money = str
"""An amount in the major unit of its currency, with all its decimal digits: `"19.90"`."""

type Currency = str
"""A code of ISO 4217."""

type Id = int
"""The id of a row."""

type Url = str
"""An absolute URL."""

type NextCursor = str | None
"""The cursor of the next page; null on the last."""
