"""An export of a person's data and its rules."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

# How long the file is kept. The bucket's lifecycle rule deletes objects after the same number of days.
KEPT = timedelta(days=7)
# How long the owner sees that there was an export.
ROW_KEPT = timedelta(days=37)
# A file contains everything, so a second one on the same day contains little that is new.
PAUSE = timedelta(days=1)
# How long a presigned link works: it is made when the owner asks, and followed at once.
LINK_SECONDS = 300
MAX_ATTEMPTS = 5
# Longer than the function's timeout: an attempt that is repeated has ended.
ATTEMPT_LASTS = timedelta(minutes=10)
# The pause after an attempt that failed, times the number of attempts.
_RETRY_PAUSE = timedelta(minutes=2)


# A failed or expired export is replaced by asking again.
type DataExportStatus = Literal["requested", "ready", "failed", "expired"]


class DataExport(Value):
    """An export. `attempts` counts the attempts that have begun. The last two times are None until it is ready."""

    id: int
    user_id: int
    state: DataExportStatus
    object_key: str
    attempts: int
    requested_at: datetime
    ready_at: datetime | None = None
    expires_at: datetime | None = None

    def state_at(self, now: datetime) -> DataExportStatus:
        """Returns the state: a ready export expires on time, although the purge records that up to an hour later."""
        return "expired" if self.expires_at is not None and self.expires_at <= now else self.state

    def is_enough(self, now: datetime) -> bool:
        """Whether another request gets this export instead of a new one."""
        return self.state == "requested" or (self.state == "ready" and now < self.requested_at + PAUSE)

    @property
    def may_be_retried(self) -> bool:
        """Whether another attempt may follow those that have begun."""
        return self.attempts < MAX_ATTEMPTS

    def next_attempt_after(self, now: datetime) -> datetime:
        """Returns when the next attempt begins after one that has failed."""
        return now + self.attempts * _RETRY_PAUSE


def new_object_key() -> str:
    """Returns the key of an export's object. It has 122 random bits, and its last part is the name of the file."""
    return f"data-exports/{uuid4()}/my-data.zip"
