"""All SQL on idempotency keys."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from microshop.errors import IdempotencyKeyReused
from microshop.idempotency.key import IdempotencyKey
from microshop.idempotency.service import AlreadyAnswered
from microshop.platform.mysql import Database, Executes
from microshop.platform.mysql_errors import DuplicateKey

LIFETIME = timedelta(hours=24)
_ONCE = "idempotency_keys_once"

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
    """What requests with a key were answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_to(self, key: IdempotencyKey) -> str | None:
        """What the first request with this key was answered, or None where there was none.

        Raises:
            IdempotencyKeyReused: it was another request.
        """
        row = self._database.row(_FIND, {"user_id": key.user_id, "key": key.key})
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise IdempotencyKeyReused
        return str(row["answer"])

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` keys that were used before `before`; how many."""
        return self._database.execute(_DELETE_OLD, {"before": before, "limit": limit}, repeatable=True)


class Answers:
    """Stores answers in the transaction of their effect."""

    def __init__(self, transaction: Executes) -> None:
        self._transaction = transaction

    def store(self, key: IdempotencyKey, answer: str) -> None:
        """Record what the request is answered.

        Raises, here or when a packet is committed:
            AlreadyAnswered: another request with this key was first.
        """
        values = {"user_id": key.user_id, "key": key.key, "fingerprint": key.fingerprint, "answer": answer}
        with refused_if_answered():
            self._transaction.execute(_INSERT, {**values, "now": datetime.now(UTC)})


@contextlib.contextmanager
def refused_if_answered() -> Iterator[None]:
    """Turn the unique key's refusal into AlreadyAnswered."""
    try:
        yield
    except DuplicateKey as error:
        if error.key == _ONCE:
            raise AlreadyAnswered from None
        raise
