"""The operator's commands: `python -m tools.operator <command> [--stack microshop-prod]`; the Makefile has them all."""

import argparse
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT
from tools.local.invocation import FunctionFailed
from tools.operator import dead_letters, migrations, read_only, replays
from tools.operator.stacks import LocalStack, Stack
from tools.problems import LocalProblem

# Errors of the shop that the operator has made, in words that need no name.
_OWN_MISTAKES = ("InvalidInput", "NotFound")


def main() -> None:
    """Do what the command line says, or say in one sentence why not."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `… | head` is no error
    try:
        for line in arguments.command(_stack(arguments), arguments):
            print(line, flush=True)
    except FunctionFailed as failed:
        sys.exit(f"microshop: {failed.words if failed.kind in _OWN_MISTAKES else failed}")
    except LocalProblem as problem:
        sys.exit(f"microshop: {problem}")


def _stack(arguments: argparse.Namespace) -> Stack:
    if not arguments.stack:
        return LocalStack(arguments.data_folder)
    from tools.operator.deployed import DeployedStack  # noqa: PLC0415 - boto3 takes its time; the local stack needs none

    return DeployedStack(arguments.stack)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operator", description=__doc__)
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--stack", help="a deployed stack's name, such as microshop-prod (default: the local one)")
    every.add_argument("--data-folder", type=Path, default=ROOT / ".microshop", help="default: .microshop")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: object, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words, parents=[every])
        added.set_defaults(command=command)
        return added

    admin = add("admin", _admin, "make a registered user an admin, or a customer again")
    admin.add_argument("email")
    change = admin.add_mutually_exclusive_group()
    change.add_argument("--create", action="store_true", help="register the account first; asks for its password")
    change.add_argument("--revoke", action="store_true", help="take the role away and end the user's sessions")
    sessions = add("sessions", _sessions, "how many sessions a user has")
    sessions.add_argument("email")
    sessions.add_argument("--end", action="store_true", help="end them all")
    add("migrate", lambda stack, _: migrations.migrate(stack), "bring the database's schema up to date")
    add("migrations", lambda stack, _: migrations.show_migrations(stack), "which migrations are applied, which wait")
    seeding = add("seed", _seed, "put the demo catalogue on sale")
    seeding.add_argument("--email", help="an admin; asks for the password")
    seeding.add_argument("--force", action="store_true", help="even in a shop for customers")
    reconciling = add("reconcile", _reconcile, "whether stock, orders, events, payments and provider agree")
    reconciling.add_argument("--repair", action="store_true", help="repair what is safe to repair")
    reconciling.add_argument("--days", type=int, help="how far to look back (default: to the beginning)")
    looking = add("dead-letters", _dead_letters, "what consumers could not handle")
    looking.add_argument("--queue", help="list this queue's, such as CustomerMail")
    looking.add_argument("--id", help="explain the one with this message id")
    _add_redrive(add("redrive", _redrive, "send dead letters back to the queue that they came from"))
    _add_replay(add("replay", _replay, "publish what happened between two times again"))
    _add_read_only(add("read-only", _read_only, "stop every change of the shop, end that, or say how it is"))
    return parser


def _add_redrive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queue", required=True)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", help="the one with this message id")
    which.add_argument("--all", action="store_true")


def _add_replay(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="begin", help="a time with its offset, such as 2026-11-24T10:00Z")
    what.add_argument("--status", help="how far the replay of this name is")
    parser.add_argument("--to", dest="end", help="default: now")
    parser.add_argument("--queue", type=_names, default=(), help="whose consumers, such as CustomerMail (default: all)")
    parser.add_argument(
        "--events", type=_names, default=(), help="only consumers of these, such as OrderPaid,OrderShipped"
    )


def _add_read_only(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--on", metavar="WHY", help="the reason, which customers read")
    which.add_argument("--off", action="store_true")


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _admin(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    from tools.operator.accounts import make_admin, revoke_admin  # noqa: PLC0415 - only who needs them waits

    if arguments.revoke:
        return revoke_admin(stack, arguments.email)
    return make_admin(stack, arguments.email, create=arguments.create)


def _sessions(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    from tools.operator.accounts import show_sessions  # noqa: PLC0415

    return show_sessions(stack, arguments.email, end=arguments.end)


def _seed(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    from tools.operator.seeding import seed  # noqa: PLC0415

    return seed(stack, email=arguments.email, force=arguments.force)


def _reconcile(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    from tools.operator.reconciliation import print_report  # noqa: PLC0415

    sys.exit(print_report(stack.invoke("ReconcileFunction", days=arguments.days, repair=arguments.repair)))


def _dead_letters(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.id:
        return dead_letters.explain(stack, arguments.id, arguments.queue)
    return dead_letters.show_queue(stack, arguments.queue) if arguments.queue else dead_letters.show_queues(stack)


def _redrive(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    return dead_letters.redrive(stack, arguments.queue, arguments.id)


def _replay(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.status:
        return replays.show_replay(stack, arguments.status)
    return replays.replay(
        stack, begin=arguments.begin, end=arguments.end, queues=arguments.queue, events=arguments.events
    )


def _read_only(stack: Stack, arguments: argparse.Namespace) -> Iterator[str]:
    return read_only.set_read_only(stack, on=arguments.on, off=arguments.off)


if __name__ == "__main__":
    main()
