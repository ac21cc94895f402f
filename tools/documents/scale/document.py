"""Writes the tables of docs/scale.md."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tools import ROOT
from tools.documents.costs import prices, traffic
from tools.documents.costs.bill import bill, total
from tools.documents.scale import measured, quotas
from tools.documents.scale.configurations import ALL, LARGE, MEDIUM, PROD, Configuration
from tools.documents.scale.resources import HEADROOM, HOT_SHARE, capacity, resources
from tools.documents.sections import with_parts
from tools.templates.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "scale.md"
RATES = (10, 1_000, 100_000)  # orders a minute
_CONFIGURATIONS = (PROD, MEDIUM, LARGE)  # of these rates
_MINUTE = 60
_MILLION = 1_000_000


def documents() -> dict[Path, str]:
    """Returns the document with its expected text."""
    parts = {
        "traffic": _traffic(),
        "use": _use(),
        "configurations": _changes(),
        "costs": _costs(),
        "measured": _measured(),
        "quotas": _quotas(),
    }
    return {DOCUMENT: with_parts(DOCUMENT.read_text(encoding="utf-8"), "tools/documents/scale", parts)}


def stacks_for(rate: int, configuration: Configuration) -> int:
    """Returns how many stacks of a configuration a rate of orders a minute needs."""
    return math.ceil(rate / _MINUTE / capacity(configuration))


def dollars_per_million(rate: int, configuration: Configuration) -> float:
    """Returns the costs of a million orders at this rate, all day, on the stacks that it needs."""
    return _dollars_a_month(rate, configuration) / _orders_a_month(rate) * _MILLION


def _dollars_a_month(rate: int, configuration: Configuration) -> float:
    stacks = stacks_for(rate, configuration)
    return stacks * total(bill("prod", _orders_a_month(rate) // stacks, **configuration.parameters))


def _orders_a_month(rate: int) -> int:
    return rate * prices.MINUTES


def _traffic() -> str:
    rows = (
        ("orders a second", 1.0),
        ("requests a second", traffic.REQUESTS),
        ("events a second", float(traffic.EVENTS)),
        ("deliveries to consumers a second", float(traffic.deliveries())),
        ("mails a second", float(traffic.MAILS)),
        ("statements of the database a second", measured.DATABASE_STATEMENTS),
        ("commands of Redis a second", measured.REDIS_COMMANDS),
    )
    return _table(
        ("Orders a minute", *(f"{rate:,}" for rate in RATES)),
        [(name, *(_number(of_an_order * rate / _MINUTE) for rate in RATES)) for name, of_an_order in rows],
    )


def _use() -> str:
    return _table(
        ("Resource of a prod stack", "Limit", *(f"{rate:,}" for rate in RATES), "What to turn"),
        [
            (
                each.name,
                f"{each.limit:,.0f}",
                *(_percent(each.used(rate / _MINUTE)) for rate in RATES),
                each.turn,
            )
            for each in resources(PROD)
        ],
        texts_at_end=1,
    )


def _changes() -> str:
    names = dict.fromkeys(name for each in ALL for name in each.parameters)
    raised = dict.fromkeys(quota for each in ALL for quota in each.raised)
    bounds = [resources(each)[:2] for each in ALL]
    values = [deployment("prod", **each.parameters).parameters for each in ALL]
    return _table(
        ("", *(each.name for each in ALL)),
        [
            *((f"`{name}`", *(parameters[name] for parameters in values)) for name in names),
            ("`max_concurrency` of each consumer", *(str(each.consumers or "2 to 5") for each in ALL)),
            *((quota.short_name, *(f"{each.quota(quota):,.0f}" for each in ALL)) for quota in raised),
            ("**orders a minute**", *(f"**{capacity(each) * _MINUTE:,.0f}**" for each in ALL)),
            ("saturates first", *(first.name for first, _ in bounds)),
            ("then", *(f"{second.name}, at {second.capacity * _MINUTE:,.0f}" for _, second in bounds)),
        ],
    )


def _costs() -> str:
    rows = []
    for rate, each in zip(RATES, _CONFIGURATIONS, strict=True):
        lines = bill("prod", _orders_a_month(rate) // stacks_for(rate, each), **each.parameters)
        largest = sorted(lines, key=lambda line: -line.dollars)[:3]
        whole = total(lines)
        rows.append(
            (
                f"{rate:,}",
                f"{stacks_for(rate, each)}, {each.name}",
                f"{_orders_a_month(rate) / _MILLION:,.1f}",
                _rounded(_dollars_a_month(rate, each)),
                f"**{_rounded(dollars_per_million(rate, each))}**",
                "; ".join(f"{line.item}: {line.dollars / whole:.0%}" for line in largest),
            )
        )
    head = ("Orders a minute", "Stacks", "Million orders a month", "USD a month", "USD per million orders", "Largest")
    return _table(head, rows, texts_at_end=1)


def _measured() -> str:
    rows = (
        ("Database, CPU of an order with its traffic", f"{measured.DATABASE_SECONDS * 1000:.0f} ms", "traffic"),
        ("Redis, CPU of an order with its traffic", f"{measured.REDIS_SECONDS * 1000:.1f} ms", "traffic"),
        ("Orders of one product", f"{measured.HOT_PRODUCT:,.0f} a second", "hot_product"),
        ("Relay, CPU of an event", f"{measured.RELAY_CPU_SECONDS * 1000:.2f} ms", "relay"),
    )
    lines = [(name, figure, f"`python -m tests.benchmarks.{part}`") for name, figure, part in rows]
    assumed = (
        ("Durations and number of requests", "a model", "[costs](costs.md#the-assumed-traffic)"),
        ("Orders with the most popular product", f"{HOT_SHARE:.0%}", "an assumption"),
        ("Use that leaves room for peaks", f"{HEADROOM:.0%}", "an assumption"),
    )
    return _table(("Figure", "", "From"), [*lines, *assumed], texts_at_end=2)


def _quotas() -> str:
    rows = [(f"[{each.name}]({each.page})", f"{each.value:,.0f}") for each in quotas.ALL]
    return _table((f"Quota, {quotas.AS_OF}", ""), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], texts_at_end: int = 0) -> str:
    """Returns a table. All columns are numbers except the first one and some at the end."""
    marks = "|---" + "|---:" * (len(head) - 1 - texts_at_end) + "|---" * texts_at_end + "|"
    return "\n".join([f"| {' | '.join(head)} |", marks, *(f"| {' | '.join(row)} |" for row in rows)])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _rounded(dollars: float) -> str:
    """Returns two significant digits: the assumptions allow no more."""
    return f"{float(f'{dollars:.2g}'):,.0f}"


def _percent(share: float) -> str:
    text = f"{share:,.0%}" if share >= 0.01 else "< 1%"
    return f"**{text}**" if share > HEADROOM else text
