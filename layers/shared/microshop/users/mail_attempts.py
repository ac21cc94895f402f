"""Limits the mails that somebody can have sent to an address: the first at once, then after waits of 1 to 15 minutes.

The longest wait is shorter than the lifetime of a link (mail_links/link.py). So a customer who must wait for mails that
a stranger asked for has a link that works.
"""

from typing import Literal

from microshop.errors import TooManyAttempts
from microshop.mail_links.link import Purpose
from microshop.platform.redis import Redis
from microshop.users.waits import Waits

_WAITS = Waits(kind="mail", free_attempts=1, first_seconds=60, longest_seconds=900)


class MailAttempts:
    """Counts requested mails per purpose and address, or per purpose and account.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def allows(self, purpose: Purpose, email: str) -> bool:
        """Count a request of anybody for a mail to an address. Returns whether it may be sent."""
        return not _WAITS.count(f"{purpose}:{email}", self._redis)

    def count(self, purpose: Purpose | Literal["erasure"], subject: int | str) -> None:
        """Count a request of an account, or of staff for an address: the subject is its id or the address.

        Raises:
            TooManyAttempts: the account or the address must wait first.
        """
        if seconds := _WAITS.count(f"{purpose}:{subject}", self._redis):
            raise TooManyAttempts(seconds)
