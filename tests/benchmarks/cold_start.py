"""The cold start of every function: `python -m tests.benchmarks.cold_start` prints the tables.

`python -m tests.benchmarks.cold_start orders/place_order` measures some functions. `--check` measures all functions
without the peers, and fails if one exceeds its budget or became more expensive than declared: `make bench-quick`.
"""

import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.benchmarks import artifacts, instructions, peers, report
from tests.benchmarks.cold_start_growth import DECLARED_GROWTH
from tests.benchmarks.function_kinds import BUDGETS, Kind, kind_of
from tests.benchmarks.report import Bar, BarChart, Cell, Progress, Section, Table
from tools.previous_release import PreviousReleaseMissing, previous_release

_CLIENT = "microshop.payments.providers.stripe"
# A function may become more expensive by this factor than in the previous release.
_GROWTH = 1.02
_HEADER = ("Function", "Kind", "Million instructions", "× bare", "Budget", "Change")
# The work of the peers that is like that of a kind, and the client that they might have.
_COMPARED = {
    Kind.CACHED_READ: ("cached_product", "events"),
    Kind.READ: ("order_of_customer", "events"),
    Kind.WRITE: ("new_order", "events"),
}
_METHOD = (
    "Instructions in user space, counted by valgrind, from the start of the process until the handler is imported. The "
    "layers are those that `make build` makes; they and the functions have bytecode. **× bare** divides by a handler "
    "that imports only `json`, with bytecode too. A function that calls the payment provider imports the provider's "
    "client with its first call; the first request waits for that, so it counts. **Change** is since the previous "
    "release, with its own packages."
)
_METHOD_OF_PEERS = (
    "The peers do the same kind of work, but contain no rules of a shop: one route, one handler, powertools' Logger "
    "and Metrics, redis-py for the cached read, PyMySQL for the others, pydantic for the write. Each has only the "
    "packages that it needs, with bytecode. Many functions also create a boto3 client; the second number includes one. "
    "No function of the shop on which a client waits creates one, except the export."
)


@dataclass(frozen=True)
class Start:
    """The start of a function, in instructions. `before` is that of the previous release, None if it is new."""

    function: str
    count: int
    before: int | None
    bare: int

    @property
    def ratio(self) -> float:
        """How many times a bare handler it costs."""
        return self.count / self.bare

    @property
    def budget(self) -> float:
        """The largest ratio that is allowed."""
        return BUDGETS[kind_of(self.function)]

    @property
    def problem(self) -> str:
        """What is wrong with it, or ""."""
        if self.ratio > self.budget:
            return "exceeds its budget"
        if self.before and self.count > _GROWTH * self.before and self.function not in DECLARED_GROWTH:
            return "grew by more than 2 % without a reason in cold_start_growth.py"
        return ""

    @property
    def row(self) -> tuple[Cell, ...]:
        """The row of the table."""
        change = f"{100 * (self.count / self.before - 1):+.1f} %" if self.before else "new"
        return self.function, kind_of(self.function), round(self.count / 1e6), self.ratio, f"{self.budget:g}", change


def measure(progress: Progress) -> Section:
    """Measure all functions and their peers."""
    instructions.require_valgrind()
    starts = measure_starts((), progress)
    rows, charts = _compare(starts, progress)
    return Section(
        "Cold start",
        (_METHOD, _METHOD_OF_PEERS),
        (
            _table(starts),
            Table(
                ("Kind", "microshop", *peers.STACKS, "The cheapest is × the shop's median"),
                rows,
                "Million instructions of the usual stacks, without and with one boto3 client",
            ),
        ),
        charts,
        {"previous release": previous_release()[:7], **peers.versions()},
    )


def measure_starts(names: Sequence[str], progress: Progress) -> list[Start]:
    """Measure these functions, or all. Returns them with the cheapest first.

    Raises:
        PreviousReleaseMissing: the clone is shallow.
    """
    progress("building the artifacts of the previous release and of the working tree")
    before, now = artifacts.released(), artifacts.current()
    known = set(before.names)
    bare = _bare()

    def measured(name: str) -> Start:
        progress(name)
        return Start(name, _count(now, name), _count(before, name) if name in known else None, bare)

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(measured, names or now.names), key=lambda start: start.count)


def check() -> None:
    """Exit with the functions that exceed a budget, if there are any."""
    instructions.require_valgrind()
    starts = measure_starts((), report.print_progress)
    print("\n".join(report.table_lines(_table(starts))))
    if wrong := [f"{start.function} {start.problem}" for start in starts if start.problem]:
        sys.exit("\n".join(("bench-quick: the cold start is too expensive", *wrong)))


def _bare() -> int:
    return instructions.start(["bare"], [peers.bare()], peers.lambda_runtime())


def _count(built: artifacts.Artifacts, function: str) -> int:
    modules = [function.rpartition("/")[2], *((_CLIENT,) if kind_of(function) is Kind.PAYMENT else ())]
    return instructions.start(modules, built.path_of(function), peers.lambda_runtime())


def _table(starts: Sequence[Start]) -> Table:
    return Table(_HEADER, tuple(start.row for start in starts))


def _compare(starts: Sequence[Start], progress: Progress) -> tuple[tuple[tuple[Cell, ...], ...], tuple[BarChart, ...]]:
    rows, charts = [], []
    for kind, (work, client) in _COMPARED.items():
        own = [start for start in starts if kind_of(start.function) is kind]
        counts = {}
        for stack in peers.STACKS:
            progress(f"{stack}, {kind}")
            peer = peers.Peer(stack, work)
            counts[stack] = tuple(
                instructions.start([peer.module], peer.path(), peers.lambda_runtime(), peer.environment(with_client))
                for with_client in ("", client)
            )
        smallest, largest = own[0].count, own[-1].count
        typical = statistics.median_low(start.count for start in own)
        rows.append(
            (
                kind,
                _millions(" – ", smallest, largest),
                *(_millions(" / ", *both) for both in counts.values()),
                " / ".join(f"{min(both) / typical:.1f}" for both in zip(*counts.values(), strict=True)),
            )
        )
        charts.append(_chart(kind, own[-1], counts))
    return tuple(rows), tuple(charts)


def _chart(kind: Kind, dearest: Start, counts: dict[str, tuple[int, ...]]) -> BarChart:
    bars = [Bar(f"microshop: {dearest.function}", dearest.ratio)]
    for stack, (without, with_client) in counts.items():
        bars.append(Bar(stack, without / dearest.bare, is_shop=False))
        bars.append(Bar(f"{stack}, boto3", with_client / dearest.bare, is_shop=False))
    return BarChart(kind.replace(" ", "-"), f"Cold start, {kind}", "× bare handler", tuple(bars), BUDGETS[kind])


def _millions(between: str, *counts: int) -> str:
    return between.join(dict.fromkeys(f"{count / 1e6:,.0f}" for count in counts))


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["--check"]:
            check()
        elif sys.argv[1:]:
            instructions.require_valgrind()
            print("\n".join(report.table_lines(_table(measure_starts(sys.argv[1:], report.print_progress)))))
        else:
            report.main(measure)
    except PreviousReleaseMissing as missing:
        sys.exit(f"bench: {missing}")
