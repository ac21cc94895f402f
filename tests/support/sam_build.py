"""Builds the shop as `make build` does, into a folder of the test."""

from pathlib import Path

from tools.release.bytecode import compile_functions
from tools.sam_local.command import sam


def build(folder: Path) -> None:
    """Run `sam build` without its cache, and compile the functions."""
    done = sam("build", "--no-cached", "--build-dir", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    compile_functions(folder)
