"""Fills the running local shop with data: `python -m tools.load_data --products 1000 --orders 5000`."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.settings import database_address
from microshop.users.passwords import hash_password
from tools import ROOT
from tools.documents.consumers import consumers
from tools.load_data.loading import Loader
from tools.load_data.run import Sizes
from tools.local.runner_lock import require_running_stack
from tools.local.servers.database import migration_url_of
from tools.local.servers.external import ExternalServers
from tools.problems import LocalProblem, exit_on_problem

PASSWORD = "customer-password"  # noqa: S105 - of all loaded customers, as of the demo customers
_LOCAL = ("127.0.0.1", "localhost", "::1")
_MAX = 8_000_000  # the products of larger numbers in orders.py do not fit into 64 bits
_SECONDS_PER_STATEMENT = 3600
_SECONDS_BETWEEN_LINES = 5


def main() -> None:
    """Load what the command line asks for."""
    arguments = _parser().parse_args()
    with exit_on_problem("microshop", "stopped; the same command continues"):
        _load(arguments)


def _load(arguments: argparse.Namespace) -> None:
    users = max(arguments.orders // 20, 100) if arguments.users is None else arguments.users
    sizes = Sizes(arguments.products, users, arguments.orders)
    if max(sizes.products, sizes.users, sizes.orders) > _MAX:
        raise LocalProblem(f"at most {_MAX:,} rows of a kind can be loaded")
    url = _local_url(arguments)
    if arguments.database:
        migrate(url)
    database = Database(database_address(url), read_timeout_seconds=_SECONDS_PER_STATEMENT)
    loader = Loader(
        database,
        inboxes={each.function: each.events for each in consumers() if each.has_inbox},
        password_hash=hash_password(PASSWORD),
        progress=progress_lines(print),
    )
    began = time.monotonic()
    if not loader.load(sizes):
        print("The database has that much data already: set larger PRODUCTS, USERS or ORDERS.")
        return
    database.close()
    print(f"Loaded in {time.monotonic() - began:.0f} s. All loaded customers have the password {PASSWORD}.")


def _local_url(arguments: argparse.Namespace) -> str:
    """Returns the URL of a database on this machine, with a user that may create tables."""
    external = ExternalServers.from_environment()
    if arguments.database:
        url = str(arguments.database)
    else:
        require_running_stack(arguments.data_folder)
        url = external.migration_database_url or external.database_url or migration_url_of(arguments.data_folder)
    if urlsplit(url).hostname not in _LOCAL:
        raise LocalProblem(
            f"{urlsplit(url).hostname} is another machine: data is loaded only into a database on this one"
        )
    return url


def progress_lines(say: Callable[[str], None]) -> Callable[[str, int, int], None]:
    """Returns a function that prints at most a line in five seconds, and one at the end of each part."""
    last = time.monotonic()

    def progress(part: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _SECONDS_BETWEEN_LINES:
            last = now
            say(f"  {part}: {done:,} of {total:,} ({done * 100 // total} %)")

    return progress


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.load_data", description=__doc__)
    parser.add_argument("--data-folder", type=Path, default=ROOT / ".microshop", help="default: .microshop")
    parser.add_argument(
        "--database", help="URL of another database on this machine, such as mysql://user:password@127.0.0.1/shop"
    )
    parser.add_argument("--products", type=int, default=1000, help="products in all (default: 1000)")
    parser.add_argument("--orders", type=int, default=5000, help="orders in all (default: 5000)")
    parser.add_argument("--users", type=int, help="customers in all (default: one for 20 orders, at least 100)")
    return parser


if __name__ == "__main__":
    main()
