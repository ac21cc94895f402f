"""Measures all ways in turn, and reports the medians."""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from microshop.migrations.runner import migrate
from microshop.platform import settings
from microshop.platform.mysql import Database
from tests.benchmarks.hot_product.buyers import Buyers
from tests.benchmarks.hot_product.delaying_proxy import delaying_proxy
from tests.benchmarks.hot_product.servers import Server, cpu_seconds, running_server
from tests.benchmarks.hot_product.ways import BASELINE, WAYS, LeanLockedFirst, Way
from tests.benchmarks.report import Bar, BarChart, Section, Table
from tests.support.catalogue import put_on_sale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BUYERS = (16, 32)
_ROUNDS = 5
_SECONDS = 1.2
_NETWORK_SECONDS = 0.0005
_CUSTOMERS_OF_A_BUYER = 64
_STOCK = 100_000_000
# Enough orders for one round of any way; what a round leaves is used by the next.
_ORDERS_PER_SECOND = 2500

_PARAMETERS = """
SELECT parameter_name AS name
FROM information_schema.parameters
WHERE specific_schema = DATABASE()
  AND specific_name = 'place_order_1'
ORDER BY ordinal_position
"""
_INSERT_CUSTOMER = """
INSERT INTO users (email, username, role, language, password_hash, credentials_version, created_at, updated_at)
VALUES (CONCAT(UUID(), '@example.com'), 'Customer', 'customer', 'en', 'hash', 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
"""
_CLOSE_ORDERS = "UPDATE orders SET status = 'expired' WHERE status = 'pending' AND user_id >= %(first)s"
_SOLD = """
SELECT (SELECT stock FROM products WHERE id = %(id)s) AS stock,
       (SELECT COUNT(*) FROM order_lines WHERE product_id = %(id)s) AS lines_sold
"""


@dataclass(frozen=True)
class Round:
    """The result of one way in one round. CPU times are in seconds, or None where they cannot be measured."""

    orders: int
    buyers_cpu: float
    server_cpu: float | None
    proxy_cpu: float | None


type Results = dict[tuple[int, type[Way]], list[Round]]


def measure(progress: Callable[[str], None]) -> Section:
    """Run all ways in alternated rounds, with 16 and with 32 buyers."""
    with (
        tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder,
        running_server(Path(folder), progress) as server,
    ):
        migrate(server.migration_url)
        results, version, round_trip = _run(server, progress)
    return Section(
        "Orders of one popular product",
        _method(round_trip),
        tuple(_table(results, buyers) for buyers in _BUYERS),
        tuple(_chart(results, buyers) for buyers in _BUYERS),
        {"database": version},
    )


def _run(server: Server, progress: Callable[[str], None]) -> tuple[Results, str, float]:
    database, results = Database(settings.database_address(server.url)), dict[tuple[int, type[Way]], list[Round]]()
    [version] = database.rows("SELECT VERSION() AS version")
    product_id = put_on_sale(database, stock=_STOCK, low_stock_threshold=10)
    parameters = [row["name"].removeprefix("p_") for row in database.rows(_PARAMETERS)]
    customers = [database.insert(_INSERT_CUSTOMER) for _ in range(max(_BUYERS) * _CUSTOMERS_OF_A_BUYER)]
    per_buyer = list(itertools.batched(customers, _CUSTOMERS_OF_A_BUYER, strict=True))
    with (
        delaying_proxy(server.url, _NETWORK_SECONDS) as (url, proxy),
        Buyers(url, parameters, product_id, per_buyer) as buyers,
    ):
        round_trip = _round_trip_seconds(url)
        for number in range(_ROUNDS):
            progress(f"round {number + 1} of {_ROUNDS}")
            for count, way in itertools.product(_BUYERS, WAYS):
                database.execute(_CLOSE_ORDERS, {"first": customers[0]})
                buyers.prepare(count, way, round(_ORDERS_PER_SECOND * _SECONDS / count))
                done = _round(buyers, count, server.pid, proxy.pid)
                results.setdefault((count, way), []).append(done)
    [sold] = database.rows(_SOLD, {"id": product_id})
    if sold["stock"] + sold["lines_sold"] != _STOCK:
        raise AssertionError(f"the stock differs from the orders: {sold}")
    database.close()
    return results, str(version["version"]), round_trip


def _round(buyers: Buyers, count: int, server: int | None, proxy: int | None) -> Round:
    start = time.monotonic() + 0.05
    before = [cpu_seconds(pid) for pid in (server, proxy)]
    bought = buyers.buy(count, start, start + _SECONDS)
    spent = [
        None if first is None else (cpu_seconds(pid) or 0) - first
        for first, pid in zip(before, (server, proxy), strict=True)
    ]
    return Round(sum(each.orders for each in bought), sum(each.cpu_seconds for each in bought), *spent)


def _round_trip_seconds(url: str) -> float:
    database, times = Database(settings.database_address(url)), list[float]()
    for _ in range(200):
        start = time.perf_counter()
        database.rows("SELECT 1")
        times.append(time.perf_counter() - start)
    database.close()
    return statistics.median(times)


def _method(round_trip: float) -> tuple[str, ...]:
    delay, measured, cores = _NETWORK_SECONDS * 1000, round_trip * 1000, os.cpu_count()
    return (
        (
            "16 and 32 buyers order units of one product, one after the other. Each buyer is a process with its own"
            f" connection. A proxy process delays every request by {delay} ms, as a network does; a round trip of"
            f" `SELECT 1` takes {measured:.2f} ms. The database flushes its log with every commit."
        ),
        (
            "Every buyer reads the price first, without a lock. *The same statements* are those of the procedure:"
            " lock the customer, insert the order, its line, history, event and stock movement, take the stock. *A lean"
            " shop* has no limit per customer, history, event or ledger."
        ),
        (
            "The orders are computed by the shop's use case before the time runs: execution environments of Lambda have"
            f" CPUs of their own, while here the buyers, the proxy and the database share {cores} cores. The last row"
            " computes them while the time runs."
        ),
        (
            f"{_ROUNDS} rounds of {_SECONDS} s, the ways in turn. The tables have medians; ratios are the median,"
            " smallest and largest ratio within a round."
        ),
    )


def _table(results: Results, buyers: int) -> Table:
    rows = []
    for way in WAYS:
        rounds, baseline, lean = (results[buyers, each] for each in (way, BASELINE, LeanLockedFirst))
        ratios, lean_ratios = _ratios(rounds, baseline), _ratios(rounds, lean)
        rows.append(
            (
                way.title,
                round(statistics.median(each.orders for each in rounds) / _SECONDS),
                f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})",
                f"{statistics.median(lean_ratios):.1f}",
                _microseconds(rounds, lambda each: each.server_cpu),
                _microseconds(rounds, lambda each: each.buyers_cpu),
                _microseconds(rounds, lambda each: each.proxy_cpu),
            )
        )
    return Table(
        (
            "Way",
            "Orders/s",
            "times FOR UPDATE",
            "times a lean shop",
            "Server, µs CPU",
            "Buyers, µs CPU",
            "Proxy, µs CPU",
        ),
        tuple(rows),
        f"{buyers} buyers",
    )


def _chart(results: Results, buyers: int) -> BarChart:
    baseline = results[buyers, BASELINE]
    bars = tuple(
        Bar(way.title, round(statistics.median(_ratios(results[buyers, way], baseline)), 1), way is Way) for way in WAYS
    )
    title = f"Orders per second of one product, {buyers} buyers"
    return BarChart(f"{buyers}-buyers", title, "times SELECT … FOR UPDATE", bars)


def _ratios(rounds: Sequence[Round], others: Sequence[Round]) -> list[float]:
    return [one.orders / max(other.orders, 1) for one, other in zip(rounds, others, strict=True)]


def _microseconds(rounds: Sequence[Round], cpu: Callable[[Round], float | None]) -> str | int:
    times = [1e6 * seconds / max(each.orders, 1) for each in rounds if (seconds := cpu(each)) is not None]
    return round(statistics.median(times)) if times else "-"
