"""An environment with only the packages of `make run`, linked from this environment without a download."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

from tools import ROOT
from tools.setup.package_sets import RUN, PackageSet


def pins(packages: PackageSet) -> dict[str, str]:
    """Locked package of a set → its version, markers and hashes."""
    lock = (ROOT / packages.lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==((?:.*\\\n)*.*)$", lock, re.MULTILINE))


def python_of_run_set(folder: Path) -> Path:
    """Create the environment in the folder. Returns its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [site_packages] = folder.glob("lib/python3.13/site-packages")
    for name in pins(RUN):
        _link(name, site_packages)
    return folder / "bin/python"


def _link(name: str, site_packages: Path) -> None:
    distribution = importlib.metadata.distribution(name)
    for file in distribution.files or []:
        link = site_packages / file.parts[0]
        if file.parts[0] != ".." and not link.exists():  # `..`: the programs in bin
            link.symlink_to(Path(str(distribution.locate_file(file.parts[0]))))
