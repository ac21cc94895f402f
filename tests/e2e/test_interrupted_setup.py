"""An installation that is ended at any moment is completed by the next one, with the real venv, pip and uv."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.wheels import make_wheel, repack_uv
from tools import ROOT
from tools.setup.package_sets import DEV, RUN, UV_LOCK

_PACKAGES = ("ash", "birch", "cedar")
_MODULES = 1000
# A path in .venv: the moment when it appears.
_MOMENTS = [
    ("bin/python", signal.SIGKILL),
    ("lib/python3.13/site-packages/pip", signal.SIGINT),
    ("bin/uv", signal.SIGTERM),
    ("lib/python3.13/site-packages/ash", signal.SIGINT),
    ("lib/python3.13/site-packages/birch", signal.SIGKILL),
    ("lib/python3.13/site-packages/cedar-1.dist-info", signal.SIGKILL),
]


def test_an_installation_is_complete_after_any_series_of_interruptions(clone: Path) -> None:
    for path, how in _MOMENTS:
        _interrupt(clone, path, how)

    _complete(clone)

    assert _versions(clone) == ["1"] * 3


def test_an_update_is_complete_after_interruptions(clone: Path) -> None:
    _complete(clone)
    for version, package in (("2", "ash"), ("3", "birch"), ("4", "cedar")):
        _lock(clone, version)
        _interrupt(clone, f"lib/python3.13/site-packages/{package}-{version}.dist-info", signal.SIGKILL)

    _complete(clone)

    assert _versions(clone) == ["4"] * 3


def _interrupt(clone: Path, path: str, how: signal.Signals) -> None:
    """Ctrl-C and its like, as soon as the path is there, or is made again."""
    before = _made(clone / ".venv" / path)
    process = _started(clone)
    while _made(clone / ".venv" / path) in {None, before} and process.poll() is None:
        pass  # a pause would be longer than the moment
    if process.poll() is None:
        os.killpg(process.pid, how)
    process.communicate(timeout=60)


def _made(path: Path) -> int | None:
    try:
        return path.lstat().st_ino
    except FileNotFoundError:
        return None


def _complete(clone: Path) -> None:
    process = _started(clone)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said


def _versions(clone: Path) -> list[str]:
    """What the packages' programs say, after every module of them was imported."""
    modules = f"f'{{package}}.module_{{number}}' for package in {_PACKAGES} for number in range({_MODULES})"
    code = f"import importlib; [*map(importlib.import_module, ({modules}))]"
    subprocess.run([clone / ".venv/bin/python", "-c", code], check=True)
    return [subprocess.check_output([clone / ".venv/bin" / name], text=True).strip() for name in _PACKAGES]


def _started(clone: Path) -> subprocess.Popen[str]:
    wheels = str(clone.parent / "wheels")
    found_here = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "UV_OFFLINE": "1", "UV_FIND_LINKS": wheels}
    return subprocess.Popen(
        ["python3", "-m", "tools.setup", "run"],  # noqa: S607 - found as make finds it
        cwd=clone,
        env={**os.environ, **found_here, "UV_CACHE_DIR": str(clone.parent / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _lock(clone: Path, version: str) -> None:
    lines = [make_wheel(clone.parent / "wheels", name, version, _MODULES) for name in _PACKAGES]
    (clone / RUN.lock).write_text("".join(lines))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Set-up and nothing else, with locks of three packages that are quick to install."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "tools/setup", folder / "tools/setup", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("tools/__init__.py", "tools/problems.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / UV_LOCK).write_text(repack_uv(tmp_path / "wheels"))
    (folder / DEV.lock).touch()
    _lock(folder, "1")
    return folder
