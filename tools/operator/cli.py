"""The command line of the operator's commands. Every problem is one sentence on standard error."""

import argparse
import os
import signal
from pathlib import Path

from tools import ROOT
from tools.local.proxies import bypass_proxy_for_localhost
from tools.operator.commands import COMMANDS
from tools.operator.stacks import LocalStack, Stack
from tools.problems import exit_on_problem


def main() -> None:
    """Run the command that the command line names."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # so that `… | head` ends silently
    # The default action would leave the terminal without an echo after Ctrl-C at the password prompt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    bypass_proxy_for_localhost(os.environ)
    with exit_on_problem("microshop", "stopped; a function that was already called still runs to its end"):
        _run(arguments.command, arguments.variables, arguments.data_folder)


def _run(name: str, words: list[str], data_folder: Path) -> None:
    command = COMMANDS[name]
    given = command.variables.read(name, words, os.environ)
    for line in command.run(_stack(given.stack, data_folder), given):
        print(line, flush=True)


def _stack(name: str | None, data_folder: Path) -> Stack:
    if not name:
        return LocalStack(data_folder)
    from tools.operator.deployed_stack import DeployedStack  # noqa: PLC0415 - boto3 is slow to import, and only deployed stacks need it

    return DeployedStack(name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operator", description=__doc__)
    parser.add_argument("--data-folder", type=Path, default=ROOT / ".microshop", help="default: .microshop")
    parser.add_argument("command", choices=COMMANDS, metavar="command", help=", ".join(COMMANDS))
    parser.add_argument(
        "variables", nargs="*", metavar="NAME=value", help="`make help` lists the variables of each command"
    )
    return parser
