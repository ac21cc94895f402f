"""Builds the shop as `make build` does, into a folder of the test."""

from pathlib import Path

from tools.sam_local.command import sam


def build(folder: Path) -> None:
    """Run `sam build` without its cache."""
    done = sam("build", "--no-cached", "--build-dir", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
