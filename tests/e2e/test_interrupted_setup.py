"""Set-up completes an installation that was interrupted at any moment, with the real venv, pip and uv."""

import os
import signal
from pathlib import Path

import pytest

from tests.support.setup_clone import SetupClone

_SITE_PACKAGES = "lib/python3.13/site-packages"
# The signal is sent when the path appears in .venv.
_MOMENTS = [
    ("bin/python", signal.SIGKILL),
    (f"{_SITE_PACKAGES}/pip", signal.SIGINT),
    ("bin/uv", signal.SIGTERM),
    (f"{_SITE_PACKAGES}/ash", signal.SIGINT),
    (f"{_SITE_PACKAGES}/birch", signal.SIGKILL),
    (f"{_SITE_PACKAGES}/cedar-1.dist-info", signal.SIGKILL),
]


def test_an_installation_is_complete_after_any_series_of_interruptions(clone: SetupClone) -> None:
    for path, number in _MOMENTS:
        _interrupt(clone, path, number)

    clone.complete()

    assert clone.versions() == ["1"] * 3


def test_an_update_is_complete_after_interruptions(clone: SetupClone) -> None:
    clone.complete()
    for version, package in (("2", "ash"), ("3", "birch"), ("4", "cedar")):
        clone.lock(version)
        _interrupt(clone, f"{_SITE_PACKAGES}/{package}-{version}.dist-info", signal.SIGKILL)

    clone.complete()

    assert clone.versions() == ["4"] * 3


def _interrupt(clone: SetupClone, path: str, number: signal.Signals) -> None:
    """Send the signal as soon as the path is created, or created again."""
    before = _inode(clone.venv / path)
    process = clone.start()
    while _inode(clone.venv / path) in {None, before} and process.poll() is None:
        pass  # a pause could miss the moment
    if process.poll() is None:
        os.killpg(process.pid, number)
    process.communicate(timeout=60)


def _inode(path: Path) -> int | None:
    try:
        return path.lstat().st_ino
    except FileNotFoundError:
        return None


@pytest.fixture
def clone(tmp_path: Path) -> SetupClone:
    """A clone that was never set up."""
    return SetupClone(tmp_path)
