"""Generates docs/connections.md: the maximum number of database connections of each stage, and the limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools import ROOT
from tools.documents.costs.bill import bill, total
from tools.templates.deployment import Function, deployment
from tools.templates.stages import NAMES

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "connections.md"
# Of a quota of 1000, Lambda keeps 100 for functions without a reservation.
RESERVABLE = 900
NEW_ACCOUNT = 10
# A run can start before the previous one ends.
_RUNS_OF_A_SCHEDULE = 2
# The lock of the migrations, the connection that applies them, and the function that creates users.
_MIGRATIONS = 3
# GrantAdmin, EndSessions, CheckInbox, two people with a client, and connections of RDS itself.
_OPERATORS = 10
# What helps prod, and with what effect.
_REMEDIES = (
    (
        {"DatabaseProxy": "on"},
        "functions share 90 % of the connections: only statements that run at the same time count",
    ),
    (
        {"DatabaseInstanceClass": "db.m7g.2xlarge", "DatabaseMaxConnections": "2560"},
        "twice the connections, processors and memory",
    ),
)


@dataclass(frozen=True)
class Demand:
    """The maximum number of connections to a stage's database, by kind of client."""

    stage: str
    limit: int  # DatabaseMaxConnections
    requests_per_second: int
    http: int  # with reserved concurrency
    http_functions: int
    consumers: int
    schedules: int
    reserved: int  # executions of all functions
    has_proxy: bool

    @property
    def background(self) -> int:
        """Connections of everything except HTTP functions."""
        return self.consumers + self.schedules + _MIGRATIONS + _OPERATORS

    @property
    def while_deploying(self) -> int:
        """The maximum during a deployment: old environments keep their connections until wait_timeout."""
        return 2 * self.http + self.background

    @property
    def seconds_per_request(self) -> float:
        """The average duration at which requests at the stage's full rate use up all connections.

        Every function has an environment that is not needed at the moment.
        """
        return (self.limit - self.background - self.http_functions) / self.requests_per_second


def demand(stage: str, **given: str) -> Demand:
    """Returns the demand of a stage if concurrency is reserved; `given` parameters override those of its file."""
    stacks = deployment(stage, ReservesConcurrency="yes", **given)
    functions = stacks.functions
    clients = [function for function in functions if function.has_database]
    http = [function for function in clients if function.behind_http]
    return Demand(
        stage=stage,
        limit=int(stacks.parameters["DatabaseMaxConnections"]),
        requests_per_second=int(stacks.parameters["StageRateLimit"]),
        http=sum(function.reserved or 0 for function in http),
        http_functions=len(http),
        consumers=sum(function.consumers for function in clients),
        schedules=sum(_RUNS_OF_A_SCHEDULE for function in clients if function.schedule),
        reserved=sum(function.reserved or 0 for function in functions),
        has_proxy=stacks.parameters["DatabaseProxy"] == "on",
    )


def documents() -> dict[Path, str]:
    """Returns the document and its expected text."""
    return {DOCUMENT: document()}


def document() -> str:
    """Returns the text of docs/connections.md."""
    demands = [demand(stage) for stage in NAMES]
    functions = deployment("prod", ReservesConcurrency="yes").functions
    reserved = demands[-1].reserved
    return _TEXT.format(
        stages=_stages(demands),
        functions="\n".join(_function(function) for function in functions if function.reserved),
        reserved=reserved,
        reservable=RESERVABLE,
        new_account=NEW_ACCOUNT,
        remedies="\n".join(_remedy(*each) for each in _REMEDIES),
    )


def _remedy(given: dict[str, str], effect: str) -> str:
    change = total(bill("prod", 0, **given)) - total(bill("prod", 0))
    named = ", ".join(f"`{name}: {value}`" for name, value in given.items())
    return f"| {named} | {effect} | +{change:,.0f} |"


def _stages(demands: list[Demand]) -> str:
    rows: list[tuple[str, list[object]]] = [
        ("HTTP functions, reserved", [each.http for each in demands]),
        ("Consumers (`MaximumConcurrency`)", [each.consumers for each in demands]),
        ("Schedules, two concurrent runs", [each.schedules for each in demands]),
        ("Migrations", [_MIGRATIONS] * len(demands)),
        ("Operators and RDS itself", [_OPERATORS] * len(demands)),
        ("**Total**", [each.http + each.background for each in demands]),
        ("**Total, while a deployment replaces environments**", [each.while_deploying for each in demands]),
        ("**`DatabaseMaxConnections`**", [each.limit for each in demands]),
        ("`ReservesConcurrency` can be on", [_fits(each) for each in demands]),
        ("Maximum requests a second (`StageRateLimit`)", [each.requests_per_second for each in demands]),
        (
            "Highest average duration of a request in seconds, without reservations",
            [f"{each.seconds_per_request:.1f}" for each in demands],
        ),
    ]
    head = ["| | " + " | ".join(each.stage for each in demands) + " |", "|---|" + "---:|" * len(demands)]
    return "\n".join(head + [f"| {name} | " + " | ".join(map(str, values)) + " |" for name, values in rows])


def _fits(each: Demand) -> str:
    if each.has_proxy:
        return "yes"
    if each.while_deploying < each.limit:
        return "yes"
    return "except during deployments" if each.http + each.background < each.limit else "no"


def _function(function: Function) -> str:
    return f"| {function.logical_id} | {function.reserved} | {'yes' if function.has_database else 'no'} |"


_TEXT = """# Connections

<!-- Written by `make documents` from the templates and infra/stages. -->

Each environment of Lambda holds one connection to the database and one to Redis for as long as it lives. So the number
of environments determines the number of connections, and the database accepts at most `DatabaseMaxConnections`.

{stages}

`ReservesConcurrency` is off by default: a new AWS account may run {new_account} functions at once, and a reservation
would fail the deployment. Request a quota of 1000 concurrent executions before production, then turn it on. The totals
of the table are guaranteed only while it is on. The functions reserve {reserved} in total; with that quota an account
may reserve {reservable}.

While it is off, two things limit the connections: API Gateway's throttling limits the requests a second, and the
duration of a request decides how many run at once. The last line shows the average duration at which all connections
are in use. A normal request takes tens of milliseconds; one that waits for the payment provider takes seconds. If the
database hangs, all requests wait for up to 6 s, and the connections run out.

**At the limit** MySQL refuses connections with error 1040. The shop answers 503 with `Retry-After`, and the metric
`system_errors_total` counts it. Consumers and schedules retry. Nothing is lost, and no order is half written. The alarm
DatabaseConnectionsHigh fires at 80 %. Then, in this order:

1. Wait until a spike has passed.
2. Turn on `ReservesConcurrency`.
3. Turn on the proxy, or choose a larger instance class and a larger `DatabaseMaxConnections` (rule of thumb: 12 MB of
   memory for each).

| Parameters of prod | Effect | Dollars a month |
|---|---|---:|
{remedies}

**The proxy** (RDS Proxy) keeps a pool of connections. A function has one only while a transaction or a statement runs;
if none is free for two seconds, the shop answers 503. Functions and proxy sign in with IAM. Migrations and operators do
not use it. A statement of more than 16 KB keeps its connection until the environment ends, which costs a connection and
nothing else. Aurora cannot pause behind it (`DatabaseMinAcu: 0` is refused). It has not been tried on AWS
([decision 80](decisions/0080-stacks-and-endpoints.md)).

Connections of terminated environments count until the database closes them after 15 minutes (`wait_timeout`; MySQL's
default is eight hours).

**Redis** accepts 65,000 connections on every node type, far more than any number above.

## Reserved concurrency, if it is on

| Function | Concurrent executions | Uses the database |
|---|---:|---|
{functions}

"""
