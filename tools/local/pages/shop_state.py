"""The state of the shop: which servers respond, whether it is read-only, and the number of dead letters."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from microshop.errors import Unavailable
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis, RedisError
from microshop.platform.settings import database_address, redis_address
from microshop.read_only import ReadOnlySwitch
from tools.local.events.sqs import Queue, SqsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.templates.model import Inventory


@dataclass(frozen=True)
class ShopState:
    """The current state of the shop."""

    has_database: bool
    has_redis: bool
    read_only_reason: str | None
    failed_events: int | None  # None while the AWS stand-in does not respond


@dataclass(frozen=True)
class ShopStateReader:
    """Reads the state from the servers, without functions, so that it adds no requests and log lines."""

    database_url: str
    redis_url: str
    aws_endpoint_url: str
    dead_letter_queues: tuple[str, ...]

    @classmethod
    def from_parameters(cls, inventory: Inventory, parameters: Mapping[str, str], aws_endpoint_url: str) -> Self:
        """Returns a reader for the servers in the template parameters."""
        # Only dead-letter queues have no redrive policy: a lint rule of the templates requires it for all other queues.
        dead_letter_queues = tuple(queue.name for queue in inventory.queues if "RedrivePolicy" not in queue.attributes)
        return cls(parameters["DatabaseUrl"], parameters["RedisUrl"], aws_endpoint_url, dead_letter_queues)

    async def read(self) -> ShopState:
        """Returns the state. All servers are queried concurrently."""
        has_database, (has_redis, reason), failed = await asyncio.gather(
            asyncio.to_thread(self._has_database), asyncio.to_thread(self._switch), self._failed_events()
        )
        return ShopState(has_database, has_redis, reason, failed)

    def _has_database(self) -> bool:
        try:
            with closing(Database(database_address(self.database_url))) as database:
                database.row("SELECT 1 AS one")
        except Unavailable:
            return False
        return True

    def _switch(self) -> tuple[bool, str | None]:
        try:
            with closing(Redis(redis_address(self.redis_url))) as redis:
                found = ReadOnlySwitch(redis).state()
        except (Unavailable, RedisError):
            return False, None
        return True, found.reason if found else None

    async def _failed_events(self) -> int | None:
        queues = [Queue(self.aws_endpoint_url, name) for name in self.dead_letter_queues]
        try:
            return sum(await asyncio.gather(*(queue.count() for queue in queues)))
        except SqsError:
            return None
