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


def sent_mails(aws_endpoint_url: str) -> Sequence[SentMail]:
    """All mails, the newest first.

    Raises:
        LocalProblem: the stand-in does not answer.
    """
    try:
        with urllib.request.urlopen(aws_endpoint_url + MAILS, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            kept = json.load(answer)
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: another program has the port
        raise LocalProblem(
            f"The AWS stand-in does not answer ({error!r}): try again in some seconds, or start microshop anew with"
            " `make run`"
        ) from error
    return [SentMail(number, **mail) for number, mail in enumerate(kept, start=1)][::-1]
