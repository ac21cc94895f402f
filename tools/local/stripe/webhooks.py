"""Delivers events to the shop as Stripe does: signed, in no certain order, again and again until they are taken."""

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

_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 15, 30, 60, 60, 60, 60, 60)  # seconds; Stripe goes on for three days
_PATIENCE = aiohttp.ClientTimeout(total=20)
_REMEMBERED = 1000


@dataclass(frozen=True)
class Endpoint:
    """Where events go. `pauses` in seconds lie between attempts."""

    url: str
    secret: str
    pauses: Sequence[float] = _PAUSES


@dataclass
class Delivery:
    """One copy of an event on its way. Attempts are the statuses of answers; 0 stands for none."""

    id: str
    type: str
    object: str
    held: bool = False
    attempts: list[int] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether it was taken."""
        return bool(self.attempts) and 200 <= self.attempts[-1] < 300


def signature(payload: bytes, secret: str, at: int) -> str:
    """The header Stripe-Signature over a payload that is sent at that time, in seconds since 1970."""
    return f"t={at},v1={hmac.digest(secret.encode(), b'%d.%s' % (at, payload), 'sha256').hex()}"


class Webhooks:
    """Deliveries to one endpoint. Tests may hold and double them."""

    def __init__(self, session: aiohttp.ClientSession, state: State) -> None:
        self._session = session
        self._state = state
        self._undelivered: dict[str, Resource] = state.part("undelivered")
        # Stored, so that a restarted server misses no event before the stack registers the endpoint again.
        self._kept_endpoint = state.part("endpoint")
        self._endpoint = Endpoint(**self._kept_endpoint) if self._kept_endpoint else None
        self._is_configured = False
        self._held: list[tuple[Resource, Delivery]] = []
        self._deliveries: deque[Delivery] = deque(maxlen=_REMEMBERED)
        self._tasks: set[asyncio.Task[None]] = set()
        self.hold = False
        self.duplicates = 0

    def configure(self, endpoint: Endpoint | None) -> None:
        """Choose the endpoint; what an earlier run did not get rid of goes there too."""
        first = self._endpoint is None or not self._is_configured
        self._endpoint, self._is_configured = endpoint, True
        self._kept_endpoint.clear()
        self._kept_endpoint.update(asdict(endpoint) if endpoint else {})
        self._state.changed()
        if endpoint is not None and first:
            under_way = {delivery.id for delivery in self._deliveries}
            for event in list(self._undelivered.values()):
                if event["id"] not in under_way:
                    self._start(event)

    def publish(self, event: Resource) -> None:
        """Deliver an event in the background. Like Stripe, without an endpoint nobody is told, not even later."""
        if self._endpoint is None:
            return
        self._undelivered[event["id"]] = event
        self._state.changed()
        for _ in range(1 + self.duplicates):
            self._start(event)

    async def send(self, event: Resource) -> Delivery:
        """Deliver an event once, at once, held or not; returns when it was answered."""
        delivery = self._listed(event)
        await self._attempt(event, delivery)
        return delivery

    async def release(self, *, in_reverse: bool = False) -> list[Delivery]:
        """Deliver what is held, one after the other, and hold no more; returns when each was answered once."""
        self.hold = False
        held, self._held = self._held, []
        for event, delivery in reversed(held) if in_reverse else held:
            delivery.held = False
            await self._attempt(event, delivery)
            if not delivery.is_done:
                spawn(self._tasks, self._retry(event, delivery))
        return [delivery for _, delivery in held]

    def listed(self) -> list[dict[str, Any]]:
        """What was sent and is held, oldest first."""
        return [{**asdict(delivery), "delivered": delivery.is_done} for delivery in self._deliveries]

    async def close(self) -> None:
        """Stop; what is not delivered stays for the next run."""
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
        self._forget(event)  # given up, as Stripe does in the end

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
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _forget(self, event: Resource) -> None:
        if self._undelivered.pop(event["id"], None):
            self._state.changed()
