"""The table of the operator's commands, and the variables that each of them takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field, model_validator

from tools.operator import dead_letters, erasures, migrations, read_only, replays
from tools.operator.stacks import Stack
from tools.operator.variables import Days, Email, Moment, Names, Variables, Yes, variable_error


class AdminVariables(Variables):
    """Variables of `make admin`."""

    email: Email
    create: Yes = False
    revoke: Yes = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.create and self.revoke:
            raise variable_error("CREATE=yes or REVOKE=yes: write one of them, not both")
        return self


class SessionsVariables(Variables):
    """Variables of `make sessions`."""

    email: Email
    end: Yes = False


class SeedVariables(Variables):
    """Variables of `make seed`."""

    email: Email | None = None
    force: Yes = False


class ReconcileVariables(Variables):
    """Variables of `make reconcile`."""

    repair: Yes = False
    days: Days | None = None
    full: Yes = False

    @model_validator(mode="after")
    def _period_or_everything(self) -> Self:
        if self.days and self.full:
            raise variable_error("DAYS=… or FULL=yes: write one of them, not both")
        return self


class DeadLettersVariables(Variables):
    """Variables of `make dead-letters`."""

    queue: str | None = None
    message_id: str | None = Field(None, alias="ID")


class RedriveVariables(Variables):
    """Variables of `make redrive`."""

    queue: str = ""
    message_id: str | None = Field(None, alias="ID")
    every: Yes = Field(False, alias="ALL")

    @model_validator(mode="after")
    def _one_or_all(self) -> Self:
        if self.message_id and self.every:
            raise variable_error("ID=… or ALL=yes: write one of them, not both")
        missing = ["QUEUE=…"] * (not self.queue) + ["ID=… or ALL=yes"] * (not self.message_id and not self.every)
        if missing:
            raise variable_error(
                f"make redrive needs {', and '.join(missing)}: `make dead-letters` lists queues and messages"
            )
        return self


class ReplayVariables(Variables):
    """Variables of `make replay`."""

    begin: Moment | None = Field(None, alias="FROM")
    end: Moment | None = Field(None, alias="TO")
    queue: Names = Field(default_factory=list)
    events: Names = Field(default_factory=list)
    status: str | None = None

    @model_validator(mode="after")
    def _start_or_status(self) -> Self:
        if self.status and self.model_fields_set - {"status", "stack"}:
            raise variable_error("STATUS=… only shows a replay: leave out the other variables")
        if not self.status and not self.begin:
            raise variable_error(
                "make replay needs FROM=2026-11-24T10:00Z to start a replay, or STATUS=… to show the progress of one"
            )
        return self


class ReadOnlyVariables(Variables):
    """Variables of `make read-only`."""

    on: str | None = None
    off: Yes = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.on and self.off:
            raise variable_error('ON="reason" or OFF=yes: write one of them, not both')
        return self


@dataclass(frozen=True)
class Command[V: Variables]:
    """A command behind a target of the Makefile. `run` yields the lines to print."""

    variables: type[V]
    run: Callable[[Stack, V], Iterator[str]]


# Some imports are inside functions because they are slow: `requests` alone takes 0.2 seconds.


def _admin(stack: Stack, given: AdminVariables) -> Iterator[str]:
    from tools.operator.accounts import make_admin, revoke_admin  # noqa: PLC0415

    return revoke_admin(stack, given.email) if given.revoke else make_admin(stack, given.email, create=given.create)


def _sessions(stack: Stack, given: SessionsVariables) -> Iterator[str]:
    from tools.operator.accounts import show_sessions  # noqa: PLC0415

    return show_sessions(stack, given.email, end=given.end)


def _seed(stack: Stack, given: SeedVariables) -> Iterator[str]:
    from tools.operator.seeding import seed  # noqa: PLC0415

    return seed(stack, email=given.email, force=given.force)


def _reconcile(stack: Stack, given: ReconcileVariables) -> Iterator[str]:
    from tools.operator.reconciliation import reconcile  # noqa: PLC0415

    return reconcile(stack, days=given.days, full=given.full, repair=given.repair)


def _dead_letters(stack: Stack, given: DeadLettersVariables) -> Iterator[str]:
    if given.message_id:
        return dead_letters.explain(stack, given.message_id, given.queue)
    return dead_letters.show_queue(stack, given.queue) if given.queue else dead_letters.show_queues(stack)


def _redrive(stack: Stack, given: RedriveVariables) -> Iterator[str]:
    return dead_letters.redrive(stack, given.queue, given.message_id)


def _replay(stack: Stack, given: ReplayVariables) -> Iterator[str]:
    if given.status or not given.begin:
        return replays.show_replay(stack, str(given.status))
    return replays.replay(stack, begin=given.begin, end=given.end, queues=given.queue, events=given.events)


def _read_only(stack: Stack, given: ReadOnlyVariables) -> Iterator[str]:
    return read_only.set_read_only(stack, on=given.on, off=given.off)


COMMANDS: dict[str, Command[Any]] = {
    "admin": Command(AdminVariables, _admin),
    "sessions": Command(SessionsVariables, _sessions),
    "migrate": Command(Variables, lambda stack, _: migrations.migrate(stack)),
    "migrations": Command(Variables, lambda stack, _: migrations.show_migrations(stack)),
    "seed": Command(SeedVariables, _seed),
    "reconcile": Command(ReconcileVariables, _reconcile),
    "dead-letters": Command(DeadLettersVariables, _dead_letters),
    "redrive": Command(RedriveVariables, _redrive),
    "replay": Command(ReplayVariables, _replay),
    "replay-erasures": Command(Variables, lambda stack, _: erasures.replay_erasures(stack)),
    "read-only": Command(ReadOnlyVariables, _read_only),
}
