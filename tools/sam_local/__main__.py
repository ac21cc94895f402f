"""`python -m tools.sam_local invoke|start-api` builds the functions and runs them on the servers of `make run`."""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT
from tools.local.servers.ports_and_passwords import LOOPBACK
from tools.problems import LocalProblem, exit_on_problem
from tools.sam_image.image import ensure_image
from tools.sam_local.bridge import Bridge
from tools.sam_local.command import environment, program, sam, serving
from tools.sam_local.command_lines import CommandLines
from tools.sam_local.functions import SamFunction, functions, sample
from tools.sam_local.shop import RunningShop

_BUILD = ROOT / ".aws-sam" / "build"


def main() -> None:
    """Run the command; print a problem as one sentence."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with exit_on_problem("microshop"):
        sys.exit(arguments.command(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.sam_local", description=__doc__)
    parser.add_argument("--data-folder", type=Path, default=ROOT / ".microshop", help="default: .microshop")
    commands = parser.add_subparsers(required=True)
    invoking = commands.add_parser("invoke", help="invoke a function once and print its result")
    invoking.add_argument("function", help="the name of its file, such as place_order, or its logical id")
    invoking.add_argument("--event", type=Path, help="a file; default: the function's sample in events/")
    invoking.set_defaults(command=_invoke)
    serving = commands.add_parser("start-api", help="serve the API until Ctrl-C")
    serving.add_argument("--port", type=int, required=True)
    serving.set_defaults(command=_start_api)
    return parser


def _invoke(arguments: argparse.Namespace) -> int:
    function = _find(arguments.function)
    event = arguments.event or sample(function)
    if not event.is_file():
        raise LocalProblem(f"EVENT={event} is not a file")
    with _command_lines(arguments.data_folder) as lines:
        # The log of the function goes to the terminal. Its result is the last line of standard output.
        done = subprocess.run(
            [program(), *lines.invoke(function, event.resolve())],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    output = done.stdout.strip().splitlines()
    if done.returncode == 0 and output:
        print(json.dumps(json.loads(output[-1]), indent=2, ensure_ascii=False))
    return done.returncode


def _start_api(arguments: argparse.Namespace) -> int:
    with _command_lines(arguments.data_folder) as lines:
        print(
            f"serving http://{LOOPBACK}:{arguments.port}/api/v1 until Ctrl-C; each function starts at its first request"
        )
        with subprocess.Popen(serving(lines.start_api(arguments.port)), cwd=ROOT, env=environment()) as process:
            try:
                return process.wait()
            except KeyboardInterrupt:
                process.terminate()  # SAM then stops its containers
                return process.wait()


@contextlib.contextmanager
def _command_lines(data_folder: Path) -> Iterator[CommandLines]:
    shop = RunningShop.find(data_folder)
    ensure_image()
    _say("building")
    built = sam("build")
    if built.returncode != 0:
        raise LocalProblem(f"`sam build` failed:\n{built.stderr.strip()}")
    with tempfile.TemporaryDirectory(prefix="microshop-sam-local-") as folder, Bridge() as bridge:
        yield CommandLines(_BUILD, Path(folder), shop.inventory(bridge), bridge)


def _say(text: str) -> None:
    print(f"sam local: {text}", file=sys.stderr, flush=True)  # standard output is for the result of the function


def _find(name: str) -> SamFunction:
    for function in functions():
        if name in (function.logical_id, function.event):
            return function
    known = ", ".join(sorted(function.event for function in functions()))
    raise LocalProblem(f"there is no function FUNCTION={name}: choose one of {known}")


if __name__ == "__main__":
    main()
