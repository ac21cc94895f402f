"""The mails that the shop has sent, as the AWS stand-in keeps them until the stack stops."""

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

MOST = 500  # as of requests and events
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class SentMail:
    """A mail; `number` counts from 1 in the order of sending, `at` is RFC 3339 in UTC, or empty for SES's first API."""

    number: int
    at: str
    to: str
    subject: str
    text: str
    html: str

    @property
    def title(self) -> str:
        """What it is called in lists."""
        return self.subject or "(no subject)"


def latest_mails(aws_endpoint_url: str) -> Sequence[SentMail]:
    """The latest mails, at most 500, the newest first. The first one has the number of all mails.

    Raises:
        LocalProblem: the stand-in does not answer.
    """
    return _asked(f"{aws_endpoint_url}{MAILS}?latest={MOST}")[::-1]


def sent_mail(aws_endpoint_url: str, number: int) -> SentMail | None:
    """The mail with this number, if there is one.

    Raises:
        LocalProblem: the stand-in does not answer.
    """
    return next(iter(_asked(f"{aws_endpoint_url}{MAILS}?number={number}")), None)


def _asked(url: str) -> Sequence[SentMail]:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return [SentMail(**mail) for mail in json.load(answer)]
    except (OSError, http.client.HTTPException, ValueError, TypeError) as error:  # the last: another program's JSON
        raise LocalProblem(
            f"The AWS stand-in does not answer ({error!r}): try again in some seconds, or start microshop anew with"
            " `make run`"
        ) from error
