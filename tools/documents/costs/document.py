"""Generates docs/costs.md, with bills and the savings of parameters, and the summary in README.md."""

from pathlib import Path

from tools import ROOT
from tools.documents.costs import prices, traffic
from tools.documents.costs.bill import Line, bill, total
from tools.documents.sections import with_parts
from tools.templates.stages import NAMES

DOCUMENT = ROOT / "docs" / "costs.md"
_README = ROOT / "README.md"
ORDERS = 1_000_000

# Stage, orders, parameter, value, and its disadvantage.
_ALTERNATIVES = (
    ("prod", 0, "ContinuousRelay", "off", "events wait for up to a minute"),
    ("prod", 0, "DatabaseMultiAz", "false", "a zone failure or a reboot is an outage of minutes"),
    ("prod", 0, "DatabaseInstanceClass", "db.t4g.medium", "CPU credits run out under load"),
    (
        "prod",
        0,
        "DatabaseInstanceClass",
        "db.m7g.large",
        "half the connections (`DatabaseMaxConnections: 640`), too few for all reservations during a deployment",
    ),
    ("prod", 0, "DatabaseProxy", "on", "a millisecond or so for each statement; see [connections](connections.md)"),
    ("prod", 0, "RedisReplicas", "0", "a node failure logs everybody out"),
    ("prod", 0, "RedisNodeType", "cache.t4g.micro", "a sixth of the memory; a full Redis refuses logins"),
    ("prod", 0, "Egress", "endpoints", "no card payments, and more expensive: five endpoints in each zone"),
    ("prod", ORDERS, "Waf", "off", "no limit per address except for logins"),
    ("prod", ORDERS, "Distribution", "off", "two hosts: the shop's API and the back office have their own URLs"),
    ("prod", ORDERS, "EndpointMetrics", "on", "none; it only costs more"),
    ("prod", ORDERS, "LogRetentionDays", "7", "last month's requests are not in the logs"),
    ("prod", ORDERS, "DatabaseEngine", "aurora", "none; it grows with load, from 0.5 to 4 capacity units"),
)


def documents() -> dict[Path, str]:
    """Returns the document and the README with their expected texts."""
    readme = with_parts(_README.read_text(encoding="utf-8"), "tools/documents/costs", {"summary": _summary()})
    return {DOCUMENT: document(), _README: readme}


def document() -> str:
    """Returns the expected text."""
    return _TEXT.format(
        as_of=prices.AS_OF,
        region=prices.REGION,
        orders=f"{ORDERS:,}",
        per_second=f"{ORDERS * traffic.REQUESTS / prices.SECONDS:.0f}",
        requests=f"{traffic.REQUESTS:.0f}",
        authorized=f"{traffic.REQUESTS_WITH_TOKEN:.0f}",
        mails=traffic.MAILS,
        events=traffic.EVENTS,
        deliveries=traffic.deliveries(),
        totals=_totals(),
        per_order=f"{(total(bill('prod', ORDERS)) - total(bill('prod', 0))) / ORDERS * 100:.2f}",
        largest=_largest(bill("prod", ORDERS)),
        alternatives="\n".join(_alternative(*each) for each in _ALTERNATIVES),
        traffic="\n".join(
            f"| {each.function} | {each.requests:g} | {each.milliseconds:g} | {'yes' if each.with_token else 'no'} |"
            for each in traffic.ENDPOINTS
        ),
        idle=_lines(bill("dev", 0)),
        busy=_lines(bill("prod", ORDERS)),
    )


def _summary() -> str:
    dev, prod, busy = (_dollars(total(bill(*each))) for each in (("dev", 0), ("prod", 0), ("prod", ORDERS)))
    return (
        f"Without customers, a dev stack costs about {dev} USD a month and a prod stack {prod}. "
        f"With {ORDERS:,} orders a month,\n"
        f"a prod stack costs {busy} ([costs](docs/costs.md): prices of {prices.AS_OF}, not checked live)."
    )


def _totals() -> str:
    rows = [(f"{stage}, no customers", bill(stage, 0)) for stage in NAMES]
    rows.append((f"prod, {ORDERS:,} orders", bill("prod", ORDERS)))
    groups = list(dict.fromkeys(line.group for _, lines in rows for line in lines))
    head = [f"| | {' | '.join(groups)} | **Total** |", "|---|" + "---:|" * (len(groups) + 1)]
    return "\n".join(
        head
        + [
            f"| {name} | "
            + " | ".join(_dollars(total([line for line in lines if line.group == group])) for group in groups)
            + f" | **{_dollars(total(lines))}** |"
            for name, lines in rows
        ]
    )


def _largest(lines: list[Line]) -> str:
    whole = total(lines)
    largest = sorted(lines, key=lambda line: -line.dollars)[:5]
    return "\n".join(
        f"{n}. {line.item}: {_dollars(line.dollars)}, {line.dollars / whole:.0%}" for n, line in enumerate(largest, 1)
    )


def _alternative(stage: str, orders: int, parameter: str, value: str, disadvantage: str) -> str:
    change = total(bill(stage, orders, **{parameter: value})) - total(bill(stage, orders))
    sign, at = "+" if change > 0 else "-", f"{orders:,} orders" if orders else "any load"
    return f"| `{parameter}: {value}` | {at} | {sign}{abs(change):,.0f} | {disadvantage} |"


def _lines(lines: list[Line]) -> str:
    return "\n".join(
        f"| {line.group} | {line.item} | {_number(line.quantity)} | {_price(line.price)} | {line.dollars:,.2f} |"
        for line in lines
    )


def _number(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 10 else f"{quantity:.2g}"


def _price(price: float) -> str:
    return f"{price:.10f}".rstrip("0").rstrip(".")


def _dollars(amount: float) -> str:
    return f"{amount:,.0f}"


_TEXT = """# Costs

<!-- Written by `make documents` from the templates, infra/stages and tools/documents/costs. -->

US dollars a month in {region}, with the prices of the public price pages of {as_of} (tools/documents/costs/prices.py
names each page). They were not checked live: look them up before you rely on a number. They include no free tier, no
savings plan, no tax, no support and no fees of the payment provider. To compute another month:
`.venv/bin/python -m tools.documents.costs prod --orders 50000`.

{totals}

Beyond these fixed costs, an order costs {per_order} cents.

## The largest costs of {orders} orders

{largest}

## Parameters that change the bill

| Parameter of prod | At | Dollars a month | Disadvantage |
|---|---|---:|---|
{alternatives}

NAT gateway or endpoints is not a question of money: one gateway costs less than five endpoints in three zones, and
card payments need it. An unused stack costs as much as its servers and its gateway. Only deleting it saves most of
that; a snapshot of the database remains. The relay queries the database all the time, so an Aurora cluster never
pauses.

## The assumed traffic

| For each order | |
|---|---:|
| requests, of all visitors | {requests} |
| of these with a token, which also run the authorizer | {authorized} |
| events | {events} |
| deliveries of events to queues | {deliveries} |
| mails | {mails} |

{orders} orders a month are {per_second} requests a second on average. Enter the traffic of your shop in
tools/documents/costs/traffic.py.

| Function | Requests an order | Milliseconds | With a token |
|---|---:|---:|---|
{traffic}

Not included, because they are cents or unpredictable: backups beyond the database's own size, traffic between zones,
the buckets of builds and exports, the archive of events, DNS queries, the alarms' mails, calls of KMS and Secrets
Manager, queries of logs, and reads by the dashboard. Two of them can grow. Each of the key's first two yearly rotations
costs as much as the key. A flood of refused requests is still written to logs (access log, firewall, refused traffic of
the network) at the price of a GB written, and the firewall counts its requests.

## Line by line: dev, no customers

| | | Quantity | Unit price, {as_of} | Dollars |
|---|---|---:|---:|---:|
{idle}

## Line by line: prod, {orders} orders

| | | Quantity | Unit price, {as_of} | Dollars |
|---|---|---:|---:|---:|
{busy}

"""
