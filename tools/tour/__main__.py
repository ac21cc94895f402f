"""Sends the requests of the tour to the running shop, and explains each."""

import argparse
import os
import secrets
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tools import ROOT
from tools.local.proxies import bypass_proxy_for_localhost
from tools.local.runner_lock import require_running_stack
from tools.local.settings import wants_colours
from tools.problems import LocalProblem, exit_on_problem
from tools.tour.client import Client, Response, request_of
from tools.tour.formatting import Painter, as_curl, format_step, with_sample_values
from tools.tour.scenario import STEPS
from tools.tour.scenario.sample_values import SAMPLES
from tools.tour.step import Json
from tools.tour.transcript import Transcript


def main() -> None:
    """Run the command; print a problem as one sentence."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `… | head` is not an error
    bypass_proxy_for_localhost(os.environ)
    with exit_on_problem("tour"):
        parts = _running_shop(arguments.data_folder, arguments.port)
        client = Client(parts["url"], parts["stripe_url"], _own_values())
        transcript = Transcript()
        for line in _tour(client, transcript, with_curl=arguments.curl):
            print(line, flush=True)
        if arguments.transcript:
            arguments.transcript.write_text(transcript.text(), encoding="utf-8")


def _tour(client: Client, transcript: Transcript, *, with_curl: bool) -> Iterator[str]:
    paint = Painter(coloured=sys.stdout.isatty() and wants_colours(os.environ))
    yield f"A tour through the shop at {client.shop_url}. Responses are shortened to the fields that matter.\n"
    for number, step in enumerate(STEPS, start=1):
        if step.chapter:
            transcript.begin_chapter(step.chapter)
            yield f"{step.chapter}\n{'-' * len(step.chapter)}\n"
        request = request_of(step, client.saved)
        response = client.execute(step)
        if with_curl:
            url = client.shop_url if step.target == "shop" else client.provider_url
            yield as_curl(step, request, url, client.saved.get("publishable_key"))
        yield from format_step(number, step, request, response, paint)
        shown = Response(response.status, with_sample_values(response.body, client.saved, SAMPLES))
        transcript.add(format_step(number, step, request_of(step, SAMPLES), shown, Painter(coloured=False)))
    yield "All responses were as expected. Run the tour again, or try your own requests:"
    yield f"  {client.shop_url}/docs"


def _running_shop(data_folder: Path, port: int | None) -> Mapping[str, str]:
    parts = require_running_stack(data_folder)
    if port and urlsplit(parts["url"]).port != port:
        raise LocalProblem(f"the shop is running at {parts['url']}, not on port {port}: run `make tour` without PORT")
    if urlsplit(str(parts["stripe_url"])).hostname != "127.0.0.1":
        raise LocalProblem("the tour needs the local stand-in for Stripe: start the shop without Stripe keys")
    return parts


def _own_values() -> dict[str, Json]:
    """Returns new values, because the shop accepts a mail address, a SKU and an Idempotency-Key only once."""
    mark = secrets.token_hex(4)
    return {
        "email": f"mina-{mark}@example.com",
        "password": SAMPLES["password"],
        "new_password": SAMPLES["new_password"],
        "sku": f"KETTLE-{mark.upper()}",
        **{name: f"{name}-{mark}".replace("_", "-") for name in SAMPLES if name.endswith("_key")},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.tour", description=__doc__)
    parser.add_argument("--data-folder", type=Path, default=ROOT / ".microshop", help="default: .microshop")
    parser.add_argument("--port", type=int, help="refuse a shop on another port")
    parser.add_argument("--curl", action="store_true", help="also print each request as a curl command")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="write the tour as Markdown")
    return parser


if __name__ == "__main__":
    main()
