"""Opens database connections."""

from microshop.platform import settings
from microshop.platform.mysql import Database


def open_database(url: str, *, read_timeout_seconds: int = 6) -> Database:
    """A connection to the database of a URL. The caller closes it."""
    return Database(settings.database_address(url), read_timeout_seconds=read_timeout_seconds)
