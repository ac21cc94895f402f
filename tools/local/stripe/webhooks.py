"""Delivers events to the shop as Stripe does: signed, in any order, and with retries until the shop accepts them."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from tools.local.tasks import spawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.local.stripe.call import Resource
    from tools.local.stripe.state import State

_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 15, 30, 60, 60, 60, 60, 60)  # seconds; Stripe retries for three days
_PATIENCE = aiohttp.ClientTimeout(total=20)
_MAX_LISTED = 1000


@dataclass(frozen=True)
class Endpoint:
    """The webhook endpoint. `pauses` are the seconds between attempts."""

    url: str
    secret: str
    pauses: Sequence[float] = _PAUSES


@dataclass
class Delivery:
    """The delivery of one event. `attempts` has the status of each response, or 0 without a response."""

    id: str
    type: str
    object: str
    held: bool = False
    attempts: list[int] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether the endpoint accepted the event."""
        return bool(self.attempts) and 200 <= self.attempts[-1] < 300


def signature(payload: bytes, secret: str, at: int) -> str:
    """Returns the header Stripe-Signature of a payload. `at` is the time of sending in seconds since 1970."""
    return f"t={at},v1={hmac.digest(secret.encode(), b'%d.%s' % (at, payload), 'sha256').hex()}"


class Webhooks:
    """Deliveries to one endpoint. Tests may hold or duplicate them."""

    def __init__(self, session: aiohttp.ClientSession, state: State) -> None:
        self._session = session
        self._state = state
        self._undelivered: dict[str, Resource] = state.part("undelivered")
        # Stored, so that a restarted server misses no event before the stack registers the endpoint again.
        self._stored_endpoint = state.part("endpoint")
        self._endpoint = Endpoint(**self._stored_endpoint) if self._stored_endpoint else None
        self._is_configured = False
        self._held: list[tuple[Resource, Delivery]] = []
        self._deliveries: deque[Delivery] = deque(maxlen=_MAX_LISTED)
        self._tasks: set[asyncio.Task[None]] = set()
        self.hold = False
        self.duplicates = 0

    def configure(self, endpoint: Endpoint | None) -> None:
        """Set the endpoint. It also receives the undelivered events of an earlier run."""
        first = self._endpoint is None or not self._is_configured
        self._endpoint, self._is_configured = endpoint, True
        self._stored_endpoint.clear()
        self._stored_endpoint.update(asdict(endpoint) if endpoint else {})
        self._state.mark_changed()
        if endpoint is not None and first:
            in_progress = {delivery.id for delivery in self._deliveries}
            for event in list(self._undelivered.values()):
                if event["id"] not in in_progress:
                    self._start(event)

    def publish(self, event: Resource) -> None:
        """Deliver an event in the background. Without an endpoint it is lost, as at Stripe."""
        if self._endpoint is None:
            return
        self._undelivered[event["id"]] = event
        self._state.mark_changed()
        for _ in range(1 + self.duplicates):
            self._start(event)

    async def send(self, event: Resource) -> Delivery:
        """Attempt a delivery now, without retries, even while deliveries are held. Returns after the response."""
        delivery = self._listed(event)
        await self._attempt(event, delivery)
        return delivery

    async def release(self, *, in_reverse: bool = False) -> list[Delivery]:
        """Stop holding, and deliver held events one after another. Returns after the first attempt of each."""
        self.hold = False
        held, self._held = self._held, []
        for event, delivery in reversed(held) if in_reverse else held:
            delivery.held = False
            await self._attempt(event, delivery)
            if not delivery.is_done:
                spawn(self._tasks, self._retry(event, delivery))
        return [delivery for _, delivery in held]

    def listed(self) -> list[dict[str, Any]]:
        """Returns the latest deliveries, held ones included, oldest first."""
        return [{**asdict(delivery), "delivered": delivery.is_done} for delivery in self._deliveries]

    async def close(self) -> None:
        """Stop. Undelivered events stay for the next run."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, event: Resource) -> None:
        delivery = self._listed(event)
        if self.hold:
            delivery.held = True
            self._held.append((event, delivery))
        else:
            spawn(self._tasks, self._deliver(event, delivery))

    def _listed(self, event: Resource) -> Delivery:
        delivery = Delivery(event["id"], event["type"], str(event["data"]["object"].get("id", "")))
        self._deliveries.append(delivery)
        return delivery

    async def _deliver(self, event: Resource, delivery: Delivery) -> None:
        await self._attempt(event, delivery)
        await self._retry(event, delivery)

    async def _retry(self, event: Resource, delivery: Delivery) -> None:
        for pause in self._endpoint.pauses if self._endpoint else ():
            if delivery.is_done:
                return
            await asyncio.sleep(pause)
            await self._attempt(event, delivery)
        self._forget(event)  # the last attempt failed

    async def _attempt(self, event: Resource, delivery: Delivery) -> None:
        delivery.attempts.append(await self._post(event))
        if delivery.is_done:
            self._forget(event)

    async def _post(self, event: Resource) -> int:
        if self._endpoint is None:
            return 0
        payload = json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._endpoint.secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            async with self._session.post(
                self._endpoint.url, data=payload, headers=headers, allow_redirects=False, timeout=_PATIENCE
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _forget(self, event: Resource) -> None:
        if self._undelivered.pop(event["id"], None):
            self._state.mark_changed()
