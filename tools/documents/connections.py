"""docs/connections.md: how many database connections a stage opens at most, and whether its database takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools import ROOT
from tools.templates.deployment import Function, deployment
from tools.templates.stages import NAMES

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "connections.md"
# Lambda keeps so many executions of an account's for functions that reserve nothing.
RESERVABLE = 900
NEW_ACCOUNT = 10
# A run that overtakes the one before.
_RUNS_OF_A_SCHEDULE = 2
# Migrations hold a lock and work on one connection each; the preparation of users has one; one is to spare.
_MIGRATIONS = 3
# GrantAdmin, EndSessions, CheckInbox, two people with a client, and what RDS itself holds.
_OPERATORS = 10


@dataclass(frozen=True)
class Demand:
    """Connections that a stage's database is asked for at most, by who asks."""

    stage: str
    most: int  # that the database takes
    requests_a_second: int
    http: int  # where concurrency is reserved
    http_functions: int
    consumers: int
    schedules: int
    reserved: int  # executions, of all functions

    @property
    def background(self) -> int:
        """All but the functions behind HTTP."""
        return self.consumers + self.schedules + _MIGRATIONS + _OPERATORS

    @property
    def while_deploying(self) -> int:
        """Old environments keep their connections until the database ends them (wait_timeout)."""
        return 2 * self.http + self.background

    @property
    def seconds_a_request(self) -> float:
        """How long requests may take on the average, at the stage's whole rate, before connections run out.

        Every function has an environment that is not needed at the moment.
        """
        return (self.most - self.background - self.http_functions) / self.requests_a_second


def demand(stage: str) -> Demand:
    """What a stage's database is asked for, were concurrency reserved."""
    stacks = deployment(stage, ReservesConcurrency="yes")
    functions = stacks.functions
    asking = [function for function in functions if function.has_database]
    http = [function for function in asking if function.behind_http]
    return Demand(
        stage=stage,
        most=int(stacks.parameters["DatabaseMaxConnections"]),
        requests_a_second=int(stacks.parameters["StageRateLimit"]),
        http=sum(function.reserved or 0 for function in http),
        http_functions=len(http),
        consumers=sum(function.consumers for function in asking),
        schedules=sum(_RUNS_OF_A_SCHEDULE for function in asking if function.schedule),
        reserved=sum(function.reserved or 0 for function in functions),
    )


def documents() -> dict[Path, str]:
    """The document with its text."""
    return {DOCUMENT: document()}


def document() -> str:
    """docs/connections.md as it should be."""
    demands = [demand(stage) for stage in NAMES]
    functions = deployment("prod", ReservesConcurrency="yes").functions
    reserved = demands[-1].reserved
    return _TEXT.format(
        stages=_stages(demands),
        functions="\n".join(_function(function) for function in functions if function.reserved),
        reserved=reserved,
        reservable=RESERVABLE,
        new_account=NEW_ACCOUNT,
    )


def _stages(demands: list[Demand]) -> str:
    rows: list[tuple[str, list[object]]] = [
        ("Functions behind HTTP, reserved", [each.http for each in demands]),
        ("Consumers (`MaximumConcurrency`)", [each.consumers for each in demands]),
        ("Schedules, two runs at once", [each.schedules for each in demands]),
        ("Migrations", [_MIGRATIONS] * len(demands)),
        ("Operators and RDS itself", [_OPERATORS] * len(demands)),
        ("**Together**", [each.http + each.background for each in demands]),
        ("**Together, while a deployment replaces environments**", [each.while_deploying for each in demands]),
        ("**`DatabaseMaxConnections`**", [each.most for each in demands]),
        ("Concurrency can be reserved", [_fits(each) for each in demands]),
        ("Requests a second at most (`StageRateLimit`)", [each.requests_a_second for each in demands]),
        ("Seconds that each of them may take, nothing reserved", [f"{each.seconds_a_request:.1f}" for each in demands]),
    ]
    head = ["| | " + " | ".join(each.stage for each in demands) + " |", "|---|" + "---:|" * len(demands)]
    return "\n".join(head + [f"| {name} | " + " | ".join(map(str, values)) + " |" for name, values in rows])


def _fits(each: Demand) -> str:
    if each.while_deploying < each.most:
        return "yes"
    return "but for deployments" if each.http + each.background < each.most else "no: leave it off"


def _function(function: Function) -> str:
    return f"| {function.logical_id} | {function.reserved} | {'yes' if function.has_database else 'no'} |"


_TEXT = """# Connections

<!-- Written by `make documents` from the templates and infra/stages. -->

An environment of Lambda has one connection to the database and one to Redis, as long as it lives. So the number of
environments decides how many connections there are, and the database takes only `DatabaseMaxConnections`.

{stages}

`ReservesConcurrency` is off by default, since a new AWS account may run {new_account} functions at once and reserving
anything in it fails the deployment. Ask for a quota of 1000 concurrent executions before production, then switch it
on: only then does the table hold whatever happens. The functions reserve {reserved} together, and an account with
that quota lets {reservable} be reserved.

While it is off, API Gateway's throttling bounds how many requests come, and how long each takes decides how many run
at once. The last line says how long that may be on the average. A request takes tens of milliseconds; one that waits
for the payment provider takes seconds. A database that hangs makes all of them wait for up to 6 s, and connections
then run out.

**At the limit** MySQL refuses with error 1040. The shop answers 503 with `Retry-After` and the metric
`system_errors_total` counts it; consumers and schedules try again. Nothing is lost, and no order is half written. The
alarm on connections fires at 80 %. What helps, in this order: wait out a spike; switch on `ReservesConcurrency`; a
larger instance class with a larger `DatabaseMaxConnections` (as a rule of thumb, 12 MB of its memory for each).

Connections of environments that are gone count until the database ends them: 15 minutes (`wait_timeout`), not MySQL's
eight hours.

**Redis** takes 65,000 connections on every node type, and no number above comes near that.

## Reserved, where it is on

| Function | Executions at once | Has a connection of the database |
|---|---:|---|
{functions}

"""
