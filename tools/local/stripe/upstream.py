"""Talks to localstripe, and puts its refusals as Stripe would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import Refused, failed, invalid, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aiohttp

    from tools.local.stripe.call import Resource

_HEADERS = {"Authorization": "Bearer sk_of_the_proxy"}


type Stored = Callable[[str, str], Resource | None]


class Upstream:
    """localstripe behind a URL; `stored` shows an object of its store, by kind and id, without a request."""

    def __init__(self, session: aiohttp.ClientSession, url: str, stored: Stored) -> None:
        self._session = session
        self._url = url
        self._stored = stored

    async def get(self, kind: str, identifier: str) -> Resource:
        """One resource by its kind, such as `payment_intent`.

        Raises:
            Refused: there is none of this id.
        """
        if (found := self._stored(kind, identifier)) is not None:
            return found
        try:  # it makes the methods that Stripe has for tests when they are first asked for
            return await self.send("GET", f"/v1/{kind}s/{identifier}")
        except Refused as refused:
            raise missing(kind, identifier) if refused.status == 404 else refused from None

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Resource:
        """Create or change something."""
        return await self.send("POST", path, body=body)

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Resource:
        """Any request.

        Raises:
            Refused: the answer was an error.
        """
        async with self._session.request(method, self._url + path, json=body, headers=_HEADERS) as answer:
            text = await answer.text()
            status = answer.status
        try:
            read: Resource = json.loads(text)
        except ValueError:
            raise failed(500) from None
        if status < 400:
            return read
        raise _as_stripe_puts_it(status, read.get("error", {}))


def _as_stripe_puts_it(status: int, error: Mapping[str, Any]) -> Refused:
    fields = {name: value for name, value in error.items() if name not in {"type", "message"}}
    message = str(error.get("message", "An unknown error occurred"))
    if status == 402:
        return Refused(402, "card_error", message, **fields)
    return invalid(message, status=status, **fields) if status < 500 else failed(status, message)
