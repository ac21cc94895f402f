"""`python3 -m tools.setup [run]`: installs all locked packages into .venv, or only those that the shop needs to run.

It needs only the standard library of the system's python3.
"""

from __future__ import annotations

import argparse
import os
import sys

from tools import ROOT
from tools.problems import LocalProblem
from tools.setup.install import set_up
from tools.setup.package_sets import DEV, SETS
from tools.setup.port import port_number, refuse_unusable
from tools.setup.steps import SetupProblem, print_message
from tools.setup.virtual_environment import VirtualEnvironment


def main() -> None:
    """Run the setup; print a problem as one sentence."""
    arguments = _parser().parse_args()
    try:
        _set_up(arguments)
    except SetupProblem as problem:
        sys.exit(f"setup: {problem}")
    except LocalProblem as problem:
        sys.exit(f"microshop: {problem}")
    except OSError as error:
        sys.exit(
            f"setup: {error.filename or ROOT} cannot be written ({error.strerror}):"
            " use a clone that belongs to you, on a disk that has room"
        )
    except KeyboardInterrupt:
        sys.exit("\nsetup: interrupted; run it again to complete it")


def _set_up(arguments: argparse.Namespace) -> None:
    packages = SETS[arguments.packages]
    # If nothing is missing, the runner checks the port, because it knows whether this shop already has it.
    if arguments.port is not None and not VirtualEnvironment(ROOT).has(packages):
        refuse_unusable(port_number(arguments.port))
    if set_up(ROOT, packages, os.environ):
        print_message("done")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.setup", description=__doc__)
    parser.add_argument("packages", nargs="?", choices=sorted(SETS), default=DEV.name, help="default: %(default)s")
    parser.add_argument("--port", help="refuse at once if the shop cannot listen there")
    return parser


if __name__ == "__main__":
    main()
