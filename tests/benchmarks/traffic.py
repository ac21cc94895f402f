"""What an order costs database and Redis, with all requests around it: `python -m tests.benchmarks.traffic`.

The local shop gets the traffic model of the costs from `tools.load`. docs/scale.md computes from the result which
database a rate of orders needs.
"""

import asyncio
import itertools
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import redis_address
from tests.benchmarks.report import Progress, Section, Table, main
from tests.support.runner import Runner, eventually
from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD
from tools.load.client import Client
from tools.load.generator import generate
from tools.load.journeys import mix, requests_per_journey
from tools.load.measurements import Measurements
from tools.load.preparation import prepare
from tools.load.target import find_target

_RATE = 60  # requests a second; a small laptop answers three times as many
_WARM_SECONDS, _SECONDS, _IDLE_SECONDS = 5, 30, 20
_WAITING = """
SELECT (SELECT COUNT(*) FROM outbox WHERE published_at IS NULL) + (SELECT COUNT(*) FROM inbox WHERE done_at IS NULL)
    AS waiting
"""
_METHOD = (
    "The local shop gets {rate} requests a second for {seconds} s from the generator of `make load`: {orders} orders, "
    "each with the requests of all visitors, its payment, delivery, events and mails, as in the traffic model of "
    "[costs](costs.md). What the idle shop does in the same time is subtracted. Counters are those of the servers, CPU "
    "that of their processes."
)
_LIMITS = (
    "The database is small, so that everything is in memory. CPU depends on the machine; statements, rows and commands "
    "do not."
)
_TICKS = os.sysconf("SC_CLK_TCK")
_MILLISECONDS = 1000


@dataclass(frozen=True)
class Counters:
    """Counters of the servers since their start, at a moment; CPU in seconds."""

    moment: float
    database_cpu: float
    statements: float
    rows_read: float
    redis_cpu: float
    commands: float

    @classmethod
    def of(cls, shop: Runner, database: Database, redis: Redis) -> Self:
        status = {
            str(row["Variable_name"]): int(row["Value"])
            for row in database.rows("SHOW GLOBAL STATUS WHERE Variable_name REGEXP '^(Questions|Handler_read_.*)$'")
        }
        info = redis.command("INFO", "stats")
        text = info.decode() if isinstance(info, bytes) else str(info)
        [commands] = [line.partition(":")[2] for line in text.splitlines() if line.startswith("total_commands_")]
        return cls(
            time.monotonic(),
            _cpu_seconds(shop.pid_of("database")),
            status.pop("Questions"),
            sum(status.values()),
            _cpu_seconds(shop.pid_of("redis")),
            int(commands),
        )

    def since(self, earlier: Self) -> "Counters":
        """Returns the differences to earlier counters."""
        return Counters(*(getattr(self, name) - getattr(earlier, name) for name in self.__dataclass_fields__))

    def without(self, idle: "Counters") -> "Counters":
        """Returns the counters without what an idle shop does in the same time."""
        share = self.moment / idle.moment
        mine = {name: getattr(self, name) - share * getattr(idle, name) for name in self.__dataclass_fields__}
        return Counters(**{**mine, "moment": self.moment})


def measure(progress: Progress) -> Section:
    """Returns the costs of an order, without what the idle shop does."""
    with tempfile.TemporaryDirectory() as folder, Runner(Path(folder), MaxUnpaidOrders="1000") as shop:
        database, redis = shop.database(), Redis(redis_address(shop.redis_url))
        version = str(database.rows("SELECT VERSION() AS version")[0]["version"])
        _settle(database)
        progress(f"traffic: {_IDLE_SECONDS} s idle")
        before = Counters.of(shop, database, redis)
        time.sleep(_IDLE_SECONDS)
        idle = Counters.of(shop, database, redis).since(before)
        progress(f"traffic: {_SECONDS} s at {_RATE} requests a second")
        orders, sent = asyncio.run(_load(shop, database, redis))
        database.close()
        redis.close()
    return _section(orders, sent.without(idle), idle, version)


async def _load(shop: Runner, database: Database, redis: Redis) -> tuple[int, Counters]:
    target = find_target(None, None, shop.data_folder, force=False)
    client = Client(target.url)
    prepared = await prepare(client, target, Measurements(), _RATE, (ADMIN_EMAIL, ADMIN_PASSWORD))
    interval = requests_per_journey(prepared) / _RATE
    journeys = mix(prepared)
    for seconds in (_WARM_SECONDS, _SECONDS):
        await asyncio.to_thread(_settle, database)
        before, placed = Counters.of(shop, database, redis), prepared.placed
        prepared.measurements = measured = Measurements()
        some = itertools.islice(journeys, round(seconds / interval))
        await generate(some, interval=interval, measurements=measured, stop=asyncio.Event())
        await asyncio.to_thread(_settle, database)
    await client.close()
    if measured.errors:
        raise RuntimeError(f"{measured.errors} of {measured.requests} requests failed")
    return prepared.placed - placed, Counters.of(shop, database, redis).since(before)


def _settle(database: Database) -> None:
    """Wait until all events are published and handled."""
    eventually(lambda: database.rows(_WAITING)[0]["waiting"] == 0, "all events are handled")


def _section(orders: int, sent: Counters, idle: Counters, version: str) -> Section:
    def row(name: str, counter: str, unit: float = 1) -> tuple[str, float, float]:
        return name, unit * getattr(sent, counter) / orders, unit * getattr(idle, counter) / idle.moment

    rows = (
        row("database, CPU ms", "database_cpu", _MILLISECONDS),
        row("database, statements", "statements"),
        row("database, rows read", "rows_read"),
        row("Redis, CPU ms", "redis_cpu", _MILLISECONDS),
        row("Redis, commands", "commands"),
    )
    method = (_METHOD.format(rate=_RATE, seconds=_SECONDS, orders=orders), _LIMITS)
    table = Table(("", "an order", "a second of the idle shop"), rows)
    return Section("An order with its traffic: database and Redis", method, (table,), versions={"database": version})


def _cpu_seconds(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main(measure)
