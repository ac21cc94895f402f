"""The limits that count requests by client, on public endpoints that check secrets, write, or send mails."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from microshop.errors import Unavailable
from microshop.http.client import client_of
from microshop.platform import observability, settings
from microshop.platform.redis import redis
from microshop.platform.request_counts import count
from microshop.request_limits import RequestLimit
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.http.request import Request
    from microshop.request_limits import LimitUse

type ClientLimit = Literal["logins", "registrations", "mails", "links"]

_HOUR = 3600


class _Quota(Value):
    """`is_open` is whether requests are served uncounted while Redis does not answer."""

    variable: str
    default: int
    is_open: bool


# A quota of 0 turns a limit off.
QUOTAS: dict[ClientLimit, _Quota] = {
    # Without a count, passwords could be guessed, and accounts or mails made, at the rate of the throttle.
    "logins": _Quota("CLIENT_LOGINS_PER_HOUR", 300, is_open=False),
    "registrations": _Quota("CLIENT_REGISTRATIONS_PER_HOUR", 30, is_open=False),
    "mails": _Quota("CLIENT_MAILS_PER_HOUR", 20, is_open=False),
    # The token of a link cannot be guessed, and its owner may have little time left to use it.
    "links": _Quota("CLIENT_LINKS_PER_HOUR", 60, is_open=True),
}


def count_client(name: ClientLimit, request: Request) -> LimitUse | None:
    """Count a request for its client. Returns None if the limit is off, or the client or the count is not known.

    Raises:
        Unavailable: Redis does not answer, and the limit is not open.
    """
    quota, client = QUOTAS[name], client_of(request)
    limit = RequestLimit(name, settings.integer(quota.variable, quota.default), _HOUR, _hashed(client))
    if not limit.quota or not client:
        return None
    try:
        return count([limit], redis())
    except Unavailable as error:
        if not quota.is_open:
            raise
        observability.log().warning("request not counted", limit=name, reason=str(error))
        return None


def _hashed(client: str) -> str:
    return hashlib.sha256(client.encode()).hexdigest()[:32]
