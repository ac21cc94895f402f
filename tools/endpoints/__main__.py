"""The command line: `python -m tools.endpoints check`, and `new --name … --domain … --route … --role …`."""

import argparse
import sys

from tools import ROOT
from tools.endpoints.endpoint import ROLES, read_endpoint
from tools.endpoints.missing import missing
from tools.endpoints.repository import Repository
from tools.endpoints.skeleton import write_skeleton
from tools.problems import exit_on_problem


def main() -> None:
    """Add an endpoint, or list missing parts."""
    arguments = _parser().parse_args()
    with exit_on_problem("endpoints"):
        arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.endpoints", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("check", help="list missing parts of endpoints").set_defaults(command=_check)
    adding = commands.add_parser("new", help="write the skeleton of an endpoint")
    adding.add_argument("--name", required=True, help="a verb and a noun: add_wish")
    adding.add_argument("--domain", required=True, help="its folder in functions/: wishlist")
    adding.add_argument("--route", required=True, help='"POST /api/v1/wishlist"')
    adding.add_argument("--role", default="", help=f"who may call it: {', '.join(ROLES)}")
    adding.set_defaults(command=_new)
    return parser


def _check(_arguments: argparse.Namespace) -> None:
    found = missing(Repository(ROOT))
    if found:
        count = f"{len(found)} part{'s are' if len(found) > 1 else ' is'} missing"
        sys.exit("\n".join([f"endpoints: {count}", *(f"  {each}" for each in found)]))
    print("endpoints: handlers, templates, description, samples, privileges and tests are complete")


def _new(arguments: argparse.Namespace) -> None:
    repository = Repository(ROOT)
    endpoint = read_endpoint(repository, arguments.name, arguments.domain, arguments.route, arguments.role)
    for file in write_skeleton(repository, endpoint):
        print(f"wrote {file}")
    print(f"{endpoint.route} works after a restart of `make run`. Next: replace every TODO.")
    print("`make documents` writes generated files, `make lint` lists missing parts.")


if __name__ == "__main__":
    main()
