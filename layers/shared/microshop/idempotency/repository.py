"""SQL for idempotency keys and the results of their requests."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from microshop.errors import IdempotencyKeyReused
from microshop.idempotency.once_per_key import AlreadyCompleted
from microshop.platform.mysql_errors import DuplicateKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from microshop.idempotency.key import IdempotencyKey
    from microshop.platform.mysql import Database

LIFETIME = timedelta(hours=24)
_UNIQUE_KEY = "idempotency_keys_once"

_FIND = """
SELECT fingerprint, answer
FROM idempotency_keys
WHERE user_id = %(user_id)s
  AND idempotency_key = %(key)s
"""
_INSERT = """
INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
VALUES (%(user_id)s, %(key)s, %(fingerprint)s, %(answer)s, %(now)s)
"""
_DELETE_OLD = """
DELETE FROM idempotency_keys
WHERE created_at < %(before)s
ORDER BY created_at
LIMIT %(limit)s
"""


class IdempotencyKeys:
    """The keys of all users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` keys that are older than `before`. Returns the number of deleted keys."""
        return self._database.execute(_DELETE_OLD, {"before": before, "limit": limit}, idempotent=True)


class ResultRepository[Result]:
    """The results of requests with a key, each stored in the transaction of its effect.

    A result is stored as the JSON of its HTTP response; `view` and `parse` convert it. Rows outlive a deployment, so
    the format must not change.
    """

    def __init__(
        self,
        database: Database,
        view: Callable[[Result], Mapping[str, object]],
        parse: Callable[[dict[str, Any]], Result],
    ) -> None:
        self._database = database
        self._view = view
        self._parse = parse

    def find(self, key: IdempotencyKey) -> Result | None:
        """Returns the result of the first request with this key; None if this is the first.

        Raises:
            IdempotencyKeyReused: the first request was a different one.
        """
        row = self._database.row(_FIND, {"user_id": key.user_id, "key": key.key})
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise IdempotencyKeyReused
        return self._parse(json.loads(row["answer"]))

    def store(self, key: IdempotencyKey, result: Result) -> None:
        """Store the result of the request.

        Raises:
            AlreadyCompleted: another request with this key was first.
        """
        with translate_duplicate_key():
            self._database.execute(_INSERT, self.row_of(key, result))

    def row_of(self, key: IdempotencyKey, result: Result) -> dict[str, object]:
        """Returns the columns of the row that stores the result; `answer` is JSON."""
        return {
            "user_id": key.user_id,
            "key": key.key,
            "fingerprint": key.fingerprint,
            "answer": json.dumps(self._view(result)),
            "now": datetime.now(UTC),
        }


@contextlib.contextmanager
def translate_duplicate_key() -> Iterator[None]:
    """Raise AlreadyCompleted for a violation of the unique key."""
    try:
        yield
    except DuplicateKey as error:
        if error.key == _UNIQUE_KEY:
            raise AlreadyCompleted from None
        raise
