"""Builds the shop as `make build` does, in a folder of the test's own."""

from pathlib import Path

from tools.sam_local.command import sam


def build(folder: Path) -> None:
    """`sam build` into the folder, with no cache."""
    done = sam("build", "--no-cached", "--build-dir", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
