"""A clone with only the set-up tool and locks of generated packages: real tools, no network."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.support.wheels import make_wheel, repack_uv
from tools import ROOT
from tools.setup.package_sets import DEV, RUN, UV_LOCK

if TYPE_CHECKING:
    from pathlib import Path


class SetupClone:
    """Its run set has three packages of many modules, so that their installation takes some time."""

    packages = ("ash", "birch", "cedar")
    _modules = 400

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.venv = self.root / ".venv"
        self._wheels = folder / "wheels"
        self.environment = {
            **os.environ,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self._wheels),
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(self._wheels),
            "UV_CACHE_DIR": str(folder / "cache"),
        }
        shutil.copytree(ROOT / "tools/setup", self.root / "tools/setup", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("tools/__init__.py", "tools/problems.py"):
            shutil.copy(ROOT / name, self.root / name)
        (self.root / UV_LOCK).write_text(repack_uv(self._wheels))
        (self.root / DEV.lock).touch()
        self.lock("1")

    def lock(self, version: str) -> None:
        """Lock another version of every package."""
        lines = [make_wheel(self._wheels, name, version, self._modules) for name in self.packages]
        (self.root / RUN.lock).write_text("".join(lines))

    def start(self) -> subprocess.Popen[str]:
        """Start the set-up of the run set, as make does."""
        return subprocess.Popen(
            ["python3", "-m", "tools.setup", "run"],  # noqa: S607 - found as make finds it
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def complete(self) -> str:
        """Run set-up, which must succeed. Returns its output."""
        process = self.start()
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    def versions(self) -> list[str]:
        """Import every module of the packages. Returns the versions that their programs print."""
        modules = (
            f"f'{{package}}.module_{{number}}' for package in {self.packages} for number in range({self._modules})"
        )
        code = f"import importlib; [*map(importlib.import_module, ({modules}))]"
        subprocess.run([self.venv / "bin/python", "-c", code], check=True)
        programs = [self.venv / "bin" / name for name in self.packages]
        return [subprocess.check_output([program], text=True).strip() for program in programs]
