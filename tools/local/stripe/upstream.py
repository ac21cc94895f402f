"""The client of localstripe. It converts errors into the form of Stripe."""

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
    """localstripe at a URL. `stored` returns an object of its store by kind and id, without a request."""

    def __init__(self, session: aiohttp.ClientSession, url: str, stored: Stored) -> None:
        self._session = session
        self._url = url
        self._stored = stored

    async def get(self, kind: str, identifier: str) -> Resource:
        """Returns a resource of a kind such as `payment_intent`.

        Raises:
            Refused: the id does not exist.
        """
        if (found := self._stored(kind, identifier)) is not None:
            return found
        try:  # localstripe creates the payment methods of test cards at their first request
            return await self.send("GET", f"/v1/{kind}s/{identifier}")
        except Refused as refused:
            raise missing(kind, identifier) if refused.status == 404 else refused from None

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Resource:
        """Create or change a resource."""
        return await self.send("POST", path, body=body)

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Resource:
        """Send any request.

        Raises:
            Refused: the response is an error.
        """
        async with self._session.request(method, self._url + path, json=body, headers=_HEADERS) as response:
            text = await response.text()
            status = response.status
        try:
            read: Resource = json.loads(text)
        except ValueError:
            raise failed(500) from None
        if status < 400:
            return read
        raise _as_stripe_error(status, read.get("error", {}))


def _as_stripe_error(status: int, error: Mapping[str, Any]) -> Refused:
    fields = {name: value for name, value in error.items() if name not in {"type", "message"}}
    message = str(error.get("message", "An unknown error occurred"))
    if status == 402:
        return Refused(402, "card_error", message, **fields)
    return invalid(message, status=status, **fields) if status < 500 else failed(status, message)
