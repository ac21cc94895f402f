"""The state of .venv: whether it works, whether its packages are complete, and which set it holds."""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING

from tools.setup.package_sets import SETS, UV_LOCK, PackageSet
from tools.setup.pythons import is_wanted, version_of

if TYPE_CHECKING:
    from pathlib import Path


class VirtualEnvironment:
    """The folder .venv of a clone. A stamp shows that it is complete: it is written last and removed first."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self._stamp = self.folder / "setup-stamp"

    def has(self, packages: PackageSet) -> bool:
        """Whether the set, or one that includes it, is complete, and its locks have not changed since."""
        completed = self.completed_set()
        return completed is not None and completed.contains(packages) and self._stamped() == self._stamp_of(completed)

    def completed_set(self) -> PackageSet | None:
        """Returns the set that was completed last, perhaps from older locks; None after an interruption."""
        return SETS.get(self._stamped().partition(" ")[0])

    def begin(self) -> None:
        """Mark it as incomplete."""
        self._stamp.unlink(missing_ok=True)

    def complete(self, packages: PackageSet) -> None:
        """Mark it as complete for the set."""
        unfinished = self._stamp.with_suffix(".new")
        unfinished.write_text(self._stamp_of(packages), encoding="utf-8")
        unfinished.replace(self._stamp)

    def damage(self) -> str:
        """Returns why the environment cannot be used, or "" if it can.

        An installer writes the RECORD of a package last, with the file INSTALLER in it, so both are complete only after
        the installation. After an interrupted removal, files of the RECORD are missing.
        """
        if not is_wanted(self.python) or not (self.folder / "pyvenv.cfg").exists():
            return "its Python does not run"
        packages = sorted(self.folder.glob("lib/python3.13/site-packages/*.dist-info"))
        if not any(package.name.startswith("pip-") for package in packages):
            return "pip is missing"
        return next(filter(None, map(_damage_of, packages)), "")

    def _stamped(self) -> str:
        try:
            return self._stamp.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def _stamp_of(self, packages: PackageSet) -> str:
        """Returns the name of the set with a hash of its locks, interpreter and folder (scripts contain its path)."""
        digest = hashlib.sha256(f"{self._root}\n{version_of(self.python)}\n".encode())
        for lock in (UV_LOCK, packages.lock):
            digest.update((self._root / lock).read_bytes())
        return f"{packages.name} {digest.hexdigest()}\n"


def _damage_of(package: Path) -> str:
    sizes = _recorded_sizes(package / "RECORD")
    if f"{package.name}/INSTALLER" not in sizes:
        return f"{package.name} was not installed completely"
    for name, size in sizes.items():
        # pip also records bytecode, which Python writes again if it is missing.
        if not name.endswith(".pyc") and not _is_complete(package.parent / name, size):
            return f"{package.parent / name} is missing or truncated"
    return ""


def _recorded_sizes(record: Path) -> dict[str, str]:
    """Returns the files of a package with their sizes in bytes, or "" for a file without a recorded size."""
    try:
        with record.open(encoding="utf-8", newline="") as lines:
            return {name: size for name, _, size in csv.reader(lines)}
    except (OSError, ValueError):
        return {}


def _is_complete(file: Path, size: str) -> bool:
    try:
        return size in {"", str(file.stat().st_size)}
    except OSError:
        return False
