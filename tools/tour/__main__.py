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
from tools.local.proxies import reach_this_machine_directly
from tools.local.runner_lock import the_running_stack
from tools.local.settings import wants_colours
from tools.problems import LocalProblem, exit_on_problem
from tools.tour.client import Answer, Client, request_of
from tools.tour.step import Json
from tools.tour.story import STORY
from tools.tour.story.shapes import SAMPLES
from tools.tour.telling import Painter, as_curl, told, without_chance
from tools.tour.transcript import Transcript


def main() -> None:
    """Run the command; print a problem as one sentence."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `… | head` is no error
    reach_this_machine_directly(os.environ)
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
    yield f"A tour through the shop at {client.shop_url}. Answers are shortened to the fields that matter.\n"
    for number, step in enumerate(STORY, start=1):
        if step.chapter:
            transcript.begin_chapter(step.chapter)
            yield f"{step.chapter}\n{'-' * len(step.chapter)}\n"
        request = request_of(step, client.kept)
        answer = client.take(step)
        if with_curl:
            url = client.shop_url if step.at == "shop" else client.provider_url
            yield as_curl(step, request, url, client.kept.get("publishable_key"))
        yield from told(number, step, request, answer, paint)
        shown = Answer(answer.status, without_chance(answer.body, client.kept, SAMPLES))
        transcript.add(told(number, step, request_of(step, SAMPLES), shown, Painter(coloured=False)))
    yield "The shop answered as expected. Run the tour again, or try your own requests:"
    yield f"  {client.shop_url}/docs"


def _running_shop(data_folder: Path, port: int | None) -> Mapping[str, str]:
    parts = the_running_stack(data_folder)
    if port and urlsplit(parts["url"]).port != port:
        raise LocalProblem(f"the shop runs at {parts['url']}, not on port {port}: leave PORT out")
    if urlsplit(str(parts["stripe_url"])).hostname != "127.0.0.1":
        raise LocalProblem("the tour pays at the local stand-in for Stripe: start the shop without keys of Stripe")
    return parts


def _own_values() -> dict[str, Json]:
    """Returns new values, because the shop takes a mail address, a SKU and an Idempotency-Key only once."""
    mark = secrets.token_hex(4)
    return {
        "email": f"mina-{mark}@example.com",
        "password": SAMPLES["password"],
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
