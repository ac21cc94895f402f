"""Installs a set of packages into .venv, on a new machine or after an interrupted installation."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tools.setup.package_sets import UV_LOCK, PackageSet
from tools.setup.pythons import find_python, install_python
from tools.setup.steps import SetupProblem, print_message, step
from tools.setup.uv import ADVICE, install_uv, with_pip_configuration
from tools.setup.virtual_environment import VirtualEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# Without bytecode, each start of a function would compile boto3 again. Without the metadata, the setup could not check
# whether a package is complete.
_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "UV_NO_INSTALLER_METADATA")


def set_up(root: Path, packages: PackageSet, environment: Mapping[str, str]) -> bool:
    """Install the set into .venv. Returns whether anything was installed.

    Raises:
        SetupProblem: a step failed.
        OSError: the folder cannot be written.
    """
    venv = VirtualEnvironment(root)
    if venv.has(packages):
        return False
    with _one_at_a_time(root):
        if venv.has(packages):  # another `make` was faster
            return False
        _install(root, venv, packages, {name: value for name, value in environment.items() if name not in _UNWANTED})
    return True


def _install(root: Path, venv: VirtualEnvironment, packages: PackageSet, environment: Mapping[str, str]) -> None:
    completed = venv.completed_set()
    if completed is not None and completed.contains(packages):
        packages = completed  # its lock has changed; its further packages stay
    venv.begin()
    if venv.damage():
        python = find_python(environment) or install_python(root / UV_LOCK, environment)
        _make_venv(venv, python, environment)
    install_uv(venv.python, root / UV_LOCK, environment)
    _install_packages(root, venv, packages, _announcement(root, packages, completed), environment)
    if damage := venv.damage():
        raise SetupProblem(
            f"the packages were not installed completely ({damage}): run it again, which starts with an empty .venv"
        )
    venv.complete(packages)


def _make_venv(venv: VirtualEnvironment, python: Path, environment: Mapping[str, str]) -> None:
    step(
        f"making .venv with {python}",
        [str(python), "-m", "venv", "--clear", str(venv.folder)],
        environment,
        advice="make sure that this folder is writable and the disk has room",
    )


def _install_packages(
    root: Path, venv: VirtualEnvironment, packages: PackageSet, what: str, environment: Mapping[str, str]
) -> None:
    uv = str(venv.folder / "bin" / "uv")
    sync = ["pip", "sync", "--python", str(venv.python), "--require-hashes", "--compile-bytecode"]
    step(
        what,
        [uv, *sync, str(root / packages.lock)],
        with_pip_configuration(venv.python, environment),
        ADVICE,
        has_progress=True,
    )


def _announcement(root: Path, packages: PackageSet, completed: PackageSet | None) -> str:
    count, megabytes = packages.count(root), packages.megabytes
    if completed is packages:
        return f"updating the {count} packages for {packages.purpose}"
    if completed is not None:
        count, megabytes = count - completed.count(root), megabytes - completed.megabytes
        return f"installing {count} more packages for {packages.purpose}, about {megabytes} MB"
    return f"installing {count} packages for {packages.purpose}, about {megabytes} MB"


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    (root / ".microshop").mkdir(exist_ok=True)
    with (root / ".microshop" / "setup.lock").open("w") as lock:
        # Child processes inherit the lock, because uv may run on for a moment after its parent was killed.
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print_message("another `make` installs the packages; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
