"""The mails that the shop has sent. The AWS stand-in has them until the stack stops."""

from __future__ import annotations

import http.client
import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.local.servers.aws_paths import MAILS
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_MAILS = 500  # the same number as of requests and events
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class SentMail:
    """A mail. `number` starts at 1, in the order of sending. `at` is RFC 3339 in UTC, or empty for SES API v1."""

    number: int
    at: str
    to: str
    subject: str
    text: str
    html: str

    @property
    def title(self) -> str:
        """The text for lists."""
        return self.subject or "(no subject)"


def latest_mails(aws_endpoint_url: str) -> Sequence[SentMail]:
    """Returns the latest mails, at most 500, newest first. The number of the first one is the number of all mails.

    Raises:
        LocalProblem: the stand-in does not respond.
    """
    return _fetch(f"{aws_endpoint_url}{MAILS}?latest={MAX_MAILS}")[::-1]


def sent_mail(aws_endpoint_url: str, number: int) -> SentMail | None:
    """Returns the mail with this number, or None.

    Raises:
        LocalProblem: the stand-in does not respond.
    """
    return next(iter(_fetch(f"{aws_endpoint_url}{MAILS}?number={number}")), None)


def _fetch(url: str) -> Sequence[SentMail]:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
            return [SentMail(**mail) for mail in json.load(response)]
    except (OSError, http.client.HTTPException, ValueError, TypeError) as error:  # TypeError: JSON of another program
        raise LocalProblem(
            f"the AWS stand-in does not respond ({error!r}): try again in some seconds, or start the shop again with"
            " `make run`"
        ) from error
