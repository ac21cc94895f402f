"""Finds a Python for .venv on this machine, or installs one with uv for this user."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.setup.steps import SetupProblem, print_message, run_quietly, step
from tools.setup.uv import install_uv, with_pip_configuration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WANTED = "cpython 3.13"
# On Debian, a Python without python3.13-venv has no ensurepip. For a free-threaded Python, few packages have wheels.
# Neither kind is used.
_PRINT_VERSION = (
    "import sys, sysconfig, venv, ensurepip; assert not sysconfig.get_config_var('Py_GIL_DISABLED');"
    " print(sys.implementation.name, '%d.%d.%d' % sys.version_info[:3])"
)
_OTHER_WAYS = (
    "install it with `pyenv install 3.13`, `brew install python@3.13` or the system's packages (python3.13 and"
    " python3.13-venv), then try again"
)


def version_of(python: Path) -> str:
    """Returns name and version of the interpreter, or "" if it is missing or does not run, such as a pyenv shim."""
    if not os.access(python, os.X_OK):
        return ""
    result = run_quietly([str(python), "-c", _PRINT_VERSION])
    return result.stdout.strip() if result.returncode == 0 else ""


def is_wanted(python: Path) -> bool:
    """Whether it is a Python 3.13 that runs and can make virtual environments."""
    return version_of(python).startswith(_WANTED)


def find_python(environment: Mapping[str, str]) -> Path | None:
    """Returns a Python 3.13 of this machine, or None."""
    return next(filter(is_wanted, _candidates(environment)), None)


def install_python(uv_lock: Path, environment: Mapping[str, str]) -> Path:
    """Install Python 3.13 with uv for this user, where every clone finds it.

    Raises:
        SetupProblem: the installation failed.
    """
    if not version_of(Path(sys.executable)):
        raise SetupProblem(
            f"Python 3.13 was not found, and {sys.executable} lacks venv, which set-up needs to install it: install"
            f" python3-venv (`sudo apt-get install python3-venv`) and try again, or {_OTHER_WAYS}"
        )
    print_message(
        f"Python 3.13 was not found: uv installs one for your user, into {_folder_of_uv(environment)} (about 120 MB)"
    )
    advice = f"check the network, name a mirror in UV_PYTHON_INSTALL_MIRROR, or {_OTHER_WAYS}"
    with tempfile.TemporaryDirectory(prefix="microshop-uv-") as folder:
        python = Path(folder, "bin/python")
        step("making an environment for uv", [sys.executable, "-m", "venv", folder], environment, advice)
        install_uv(python, uv_lock, environment)
        # Without --no-bin it would put python3.13 on the user's PATH.
        install = [f"{folder}/bin/uv", "python", "install", "--no-bin", "3.13"]
        step("installing Python 3.13", install, with_pip_configuration(python, environment), advice, has_progress=True)
    found = find_python(environment)
    if found is None:
        raise SetupProblem(f"the Python 3.13 that uv installed does not run here: {_OTHER_WAYS}")
    return found


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    folders = [Path(folder) for folder in environment.get("PATH", "").split(os.pathsep) if folder]
    for name in ("python3.13", "python3", "python"):
        yield from (folder / name for folder in folders)
    home = Path(environment.get("HOME", "/"))
    for pyenv in (Path(environment.get("PYENV_ROOT") or home / ".pyenv"), home / ".pyenv"):
        yield from _newest_first(pyenv, "versions/3.13*/bin/python")
    yield from (Path("/opt/homebrew/bin/python3.13"), Path("/usr/local/bin/python3.13"))
    yield from _newest_first(_folder_of_uv(environment), "cpython-3.13*/bin/python3.13")
    uv = shutil.which("uv", path=environment.get("PATH"))
    if uv:
        found = run_quietly([uv, "python", "find", "3.13"])
        if found.returncode == 0:
            yield Path(found.stdout.strip())


def _newest_first(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern), reverse=True)
    except OSError:  # a folder of another user: `su` keeps variables such as PYENV_ROOT
        return []


def _folder_of_uv(environment: Mapping[str, str]) -> Path:
    """Returns where uv keeps Pythons, on Linux and macOS."""
    if chosen := environment.get("UV_PYTHON_INSTALL_DIR"):
        return Path(chosen)
    data = environment.get("XDG_DATA_HOME") or Path(environment.get("HOME", "/"), ".local/share")
    return Path(data, "uv/python")
