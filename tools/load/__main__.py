"""Entry point of `make load`: `python -m tools.load [URL=… RATE=… DURATION=… …]`."""

import argparse
import asyncio
import itertools
import math
import os
import signal
import sys
from pathlib import Path

from tools import ROOT
from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD
from tools.load.client import Client
from tools.load.generator import generate
from tools.load.journeys import Shop, mix, requests_per_journey
from tools.load.measurements import Measurements
from tools.load.preparation import clean_up, prepare
from tools.load.result_page import Plan, Result
from tools.load.target import Target, find_target
from tools.load.variables import LoadVariables
from tools.local.proxies import bypass_proxy_for_localhost
from tools.operator.accounts import password_of
from tools.operator.tables import count_of
from tools.problems import exit_on_problem


def main() -> None:
    """Run the load test. Exits with 1 if too many requests failed or were throttled."""
    arguments = _parser().parse_args()
    bypass_proxy_for_localhost(os.environ)
    with exit_on_problem("load"):
        given = LoadVariables.read("load", arguments.variables, os.environ)
        target = find_target(given.url, given.stage, arguments.data_folder, force=given.force)
        for warning in target.warnings(given.rate):
            _say(f"warning: {warning}")
        result = asyncio.run(_run(target, given, _admin(target, given)))
        print("\n".join(result.text()))
        if given.result:
            given.result.write_text(result.markdown(), encoding="utf-8")
            _say(f"written to {given.result}")
    sys.exit(1 if result.failed else 0)


async def _run(target: Target, given: LoadVariables, admin: tuple[str, str] | None) -> Result:
    measured, client = Measurements(), Client(target.url)
    try:
        _say(f"preparing accounts and products at {target.url} ({target.description})")
        shop = await prepare(client, target, measured, given.rate, admin)
        plan = _plan(target, given, shop)
        _say(
            f"{count_of(len(shop.customers), 'customer')}{', an admin' if shop.admin else ''}; "
            f"{given.duration} s at {given.rate} requests a second; Ctrl-C ends it with a result"
        )
        journeys = itertools.islice(mix(shop), math.ceil(plan.journeys_a_second * given.duration))
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
        await generate(journeys, interval=1 / plan.journeys_a_second, measurements=measured, stop=stop)
        return Result(plan, measured, [line async for line in clean_up(shop)])
    finally:
        await client.close()


def _plan(target: Target, given: LoadVariables, shop: Shop) -> Plan:
    return Plan(
        f"Load test of {target.url} ({target.description})",
        given.rate,
        given.rate / requests_per_journey(shop),
        given.duration,
        given.errors,
    )


def _admin(target: Target, given: LoadVariables) -> tuple[str, str] | None:
    """Returns the address and the password of the admin: of the demo data at the local shop, else of EMAIL=…."""
    if given.email in (None, ADMIN_EMAIL) and target.is_running_shop:
        return ADMIN_EMAIL, ADMIN_PASSWORD
    return (given.email, password_of(given.email)) if given.email else None


def _say(line: str) -> None:
    print(f"load: {line}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.load", description=__doc__)
    parser.add_argument("--data-folder", type=Path, default=ROOT / ".microshop", help="default: .microshop")
    parser.add_argument("variables", nargs="*", metavar="NAME=value", help="`make help` lists the variables")
    return parser


if __name__ == "__main__":
    main()
