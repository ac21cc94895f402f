"""The two sets of locked packages: those that the shop needs to run, and all that developers need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UV_LOCK = "tools/setup/requirements.txt"


@dataclass(frozen=True)
class PackageSet:
    """Packages that are installed together."""

    name: str
    lock: str
    purpose: str
    megabytes: int  # of .venv on the disk, with bytecode, uv and pip; measured
    includes: PackageSet | None = None

    def contains(self, other: PackageSet) -> bool:
        """Whether the other set is this one or a part of it."""
        return self is other or (self.includes is not None and self.includes.contains(other))

    def count(self, root: Path) -> int:
        """Returns the number of packages in the lock file."""
        return len(re.findall(r"^[\w.-]+==", (root / self.lock).read_text(encoding="utf-8"), re.MULTILINE))


RUN = PackageSet("run", "requirements-run.txt", "the shop", 260)
DEV = PackageSet("dev", "requirements-dev.txt", "tests, checks and deployment", 690, includes=RUN)
SETS = {packages.name: packages for packages in (RUN, DEV)}
