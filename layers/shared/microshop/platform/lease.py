"""A lease in the database: one run of a schedule at a time. A run that crashes does not block the next one for long."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.platform.mysql_errors import DuplicateKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microshop.platform.lambda_context import Deadline
    from microshop.platform.mysql import Database

# The database's clock, because the clocks of functions differ.
_UNTIL = "UTC_TIMESTAMP(6) + INTERVAL (%(milliseconds)s * 1000) MICROSECOND"
_TAKE = f"""
UPDATE leases
SET holder = %(holder)s,
    held_until = {_UNTIL}
WHERE name = %(name)s
  AND held_until <= UTC_TIMESTAMP(6)
"""  # noqa: S608 - constants
_TAKE_FIRST = f"INSERT INTO leases (name, holder, held_until) VALUES (%(name)s, %(holder)s, {_UNTIL})"  # noqa: S608
_RELEASE = """
UPDATE leases
SET held_until = UTC_TIMESTAMP(6)
WHERE name = %(name)s
  AND holder = %(holder)s
"""


@contextlib.contextmanager
def lease(database: Database, name: str, context: Deadline) -> Iterator[bool]:
    """Hold the lease `name` during the block. Yields False if another run holds it.

    The lease ends at the function's timeout at the latest. Lambda has ended the holder by then.
    """
    values = {"name": name, "holder": os.urandom(16).hex(), "milliseconds": context.get_remaining_time_in_millis()}
    if not _take(database, values):
        yield False
        return
    try:
        yield True
    finally:
        with contextlib.suppress(Unavailable):  # if the release fails, the lease expires
            database.execute(_RELEASE, values, idempotent=True)


def _take(database: Database, values: dict[str, object]) -> bool:
    if database.execute(_TAKE, values) == 1:
        return True
    try:
        database.execute(_TAKE_FIRST, values)
    except DuplicateKey:
        return False
    return True
