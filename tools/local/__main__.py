"""The command line of the local stack: `python -m tools.local run|reset|invoke`."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from tools import ROOT
from tools.local.invocation import invoke
from tools.local.output import STANDARD_OUTPUT, open_standard_streams
from tools.local.proxies import bypass_proxy_for_localhost
from tools.local.settings import read_settings
from tools.problems import LocalProblem, exit_on_problem
from tools.setup.port import port_number


def main() -> None:
    """Run the command; print a problem as one sentence."""
    open_standard_streams()
    arguments = _parser().parse_args()
    bypass_proxy_for_localhost(os.environ)
    with exit_on_problem("microshop"):
        arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.local", description=__doc__)
    parser.add_argument("--data-folder", type=Path, default=ROOT / ".microshop", help="default: .microshop")
    commands = parser.add_subparsers(required=True)

    running = commands.add_parser("run", help="start everything and serve until Ctrl-C")
    running.add_argument("--port", default="3000", help="port of the API (default: 3000)")
    running.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_assignment,
        metavar="NAME=VALUE",
        help="a parameter of template.yaml, such as SessionLifetimeSeconds=60; may be repeated",
    )
    running.set_defaults(command=_run)

    resetting = commands.add_parser("reset", help="delete all local data, after a confirmation")
    resetting.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    resetting.set_defaults(command=_reset)

    invoking = commands.add_parser("invoke", help="invoke a function of the running stack")
    invoking.add_argument("function", help="logical id in the template, such as MigrateFunction")
    invoking.add_argument("event", nargs="?", default="{}", help="event as JSON; `-` reads it from standard input")
    invoking.set_defaults(command=_invoke)

    mailing = commands.add_parser("mails", help="list the mails that the running shop has sent, or show one")
    mailing.add_argument("number", nargs="?", help="number of the mail to show")
    mailing.set_defaults(command=_mails)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    from tools.local.run import run_stack

    settings = read_settings(os.environ, is_terminal=STANDARD_OUTPUT.isatty())
    run_stack(
        arguments.data_folder,
        port_number(arguments.port),
        settings=settings,
        parameters=dict(arguments.parameter),
    )


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _reset(arguments: argparse.Namespace) -> None:
    from tools.local.run import reset

    folder = arguments.data_folder
    if not reset(folder, lambda: arguments.yes or _is_confirmed(folder)):
        raise LocalProblem("no data was deleted")
    print(f"The data in {folder} is deleted. The next `make run` creates a new shop.")


def _is_confirmed(folder: Path) -> bool:
    if not sys.stdin.isatty():
        raise LocalProblem(f"this deletes all data in {folder}: confirm it with `make reset YES=yes`")
    try:
        answer = input(f"Delete all data in {folder} (accounts, orders, payments, logs)? [y/N] ")
    except (EOFError, KeyboardInterrupt):
        print()
        return False
    return answer.strip().lower() in {"y", "yes"}


def _invoke(arguments: argparse.Namespace) -> None:
    _end_on_closed_pipe()
    event = sys.stdin.read() if arguments.event == "-" else arguments.event
    print(json.dumps(invoke(arguments.data_folder, arguments.function, event), indent=2))


def _mails(arguments: argparse.Namespace) -> None:
    from tools.local.mail_listing import mail_lines

    _end_on_closed_pipe()
    for line in mail_lines(arguments.data_folder, arguments.number):
        STANDARD_OUTPUT.write(f"{line}\n")  # a mail may have an unpaired surrogate


def _end_on_closed_pipe() -> None:
    # `… | head` is not an error. Not for `make run`, which continues without a reader.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


if __name__ == "__main__":
    main()
