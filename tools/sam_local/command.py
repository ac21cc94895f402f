"""Runs `sam` without the AWS configuration of this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from tools import ROOT

REGION = "us-east-1"
_BIN = str(ROOT / ".venv" / "bin")


def environment(**more: str) -> dict[str, str]:
    """Returns the environment of `sam`. Without credentials, it does not ask AWS for its identity."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join((_BIN, os.environ["PATH"]))
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    quiet = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_CHECK_AWS_CREDENTIALS": "0"}
    return kept | nothing | quiet | {"PATH": path, "AWS_DEFAULT_REGION": REGION} | more


def program() -> str:
    """Returns the `sam` of .venv, which builds with the python3.13 beside it."""
    return str(shutil.which("sam", path=_BIN) or "sam")


def serving(arguments: Sequence[str]) -> list[str]:
    """Returns the command line that serves functions until it is terminated."""
    return [sys.executable, "-m", "tools.sam_local.serve", *arguments]


def sam(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `sam`, without a limit of time. Returns its exit code and its output."""
    return subprocess.run(
        [program(), *arguments],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
