"""A clone whose venv, pip and uv are replaced by fast scripts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tools.setup.package_sets import DEV, RUN, UV_LOCK

if TYPE_CHECKING:
    from pathlib import Path

_PYTHON = """#!/bin/sh
case "$1 $2" in
    "-c "*) echo cpython 3.13.5 ;;
    "-m venv") rm -rf "$4"; cp -R "{template}" "$4" ;;
    "-m pip") [ "$3" != config ] ;;
esac
"""
_UV = """#!/bin/sh
echo "$@" >> "{root}/uv-was-called-with"
cat "{root}/uv-says"
exit $(cat "{root}/uv-exits-with")
"""


class SetupProject:
    """A folder with lock files, and a python3.13 in `environment["PATH"]` that creates a .venv."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.venv = self.root / ".venv"
        self.stamp = self.venv / "setup-stamp"
        self.site_packages = self.venv / "lib/python3.13/site-packages"
        self.environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder)}
        for lock in (UV_LOCK, RUN.lock, DEV.lock):
            (self.root / lock).parent.mkdir(parents=True, exist_ok=True)
            (self.root / lock).write_text(f"{lock.replace('/', '-')}==1\n")
        self._lay_out_template(folder / "template")
        script(folder / "bin/python3.13", _PYTHON.format(template=folder / "template"))
        self.uv_will()

    def uv_will(self, *, say: str = "", exit_with: int = 0) -> None:
        """Set the output and exit code of uv."""
        (self.root / "uv-says").write_text(say)
        (self.root / "uv-exits-with").write_text(str(exit_with))

    @property
    def uv_calls(self) -> list[str]:
        """The arguments of every call of uv."""
        return (self.root / "uv-was-called-with").read_text().splitlines()

    def make_venv(self) -> None:
        """Create a complete .venv without a stamp."""
        shutil.copytree(self.venv.parents[1] / "template", self.venv, symlinks=True)

    def _lay_out_template(self, template: Path) -> None:
        script(template / "bin/python", _PYTHON.format(template=template))
        script(template / "bin/uv", _UV.format(root=self.root))
        (template / "pyvenv.cfg").touch()
        install(template / "lib/python3.13/site-packages", "pip")


def install(site_packages: Path, name: str) -> Path:
    """Install a package with one module. Returns the folder of its metadata."""
    metadata = site_packages / f"{name}-1.dist-info"
    metadata.mkdir(parents=True)
    (site_packages / f"{name}.py").write_text("ready = True\n")
    (metadata / "INSTALLER").write_text("uv")
    rows = [f"{name}.py,sha256=x,13", f"{metadata.name}/INSTALLER,sha256=x,2", f"{metadata.name}/RECORD,,"]
    (metadata / "RECORD").write_text("\n".join(rows))
    return metadata


def script(file: Path, text: str) -> Path:
    """Write an executable script. Returns its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file
