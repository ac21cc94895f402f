"""Builds what a deployment uploads: the layers with their own Makefile, and the functions, all with bytecode.

A developer's site-packages are no substitute: pydantic looks for plugins in the metadata of each installed package,
which made the start of an endpoint that parses a body 10 % more expensive there.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.function_kinds import Kind, kind_of
from tools import ROOT
from tools.previous_release import previous_release, released_archive

CACHE = ROOT / ".bench"

_SOURCES = ("functions", "layers")
_COMPILE = (sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")


@dataclass(frozen=True)
class Artifacts:
    """The artifacts of one commit."""

    root: Path

    @property
    def names(self) -> list[str]:
        """The functions, such as `orders/place_order`."""
        folder = self.root / "functions"
        return sorted(str(file.relative_to(folder).with_suffix("")) for file in folder.rglob("*.py"))

    def path_of(self, function: str) -> tuple[Path, Path]:
        """Returns the folders of a function and of its layers. Lambda unpacks all layers into one folder."""
        layers = "both_layers" if kind_of(function) is Kind.PAYMENT else "shared_layer"
        return self.root / "functions" / function.rpartition("/")[0], self.root / layers / "python"


def current() -> Artifacts:
    """Build the artifacts of the working tree."""
    # As long as the other's name: the length of a path changes the count.
    folder = CACHE / "current"
    shutil.rmtree(folder, ignore_errors=True)
    return _build(folder, _copy)


def released() -> Artifacts:
    """Build the artifacts of the previous release, unless they are there from the last time.

    Raises:
        PreviousReleaseMissing: the clone is shallow.
    """
    folder = CACHE / previous_release()[:7]
    return Artifacts(folder) if folder.exists() else _build(folder, _extract)


def compile_sources(folder_or_file: Path) -> None:
    """Write bytecode that has no time stamps and is not checked, as in a deployment."""
    subprocess.run([*_COMPILE, str(folder_or_file)], check=True)


def _build(folder: Path, get_sources: Callable[[Path], None]) -> Artifacts:
    unfinished = folder.with_name(f"unfinished-{folder.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    get_sources(unfinished)
    _build_layer(unfinished / "layers" / "shared", "SharedLayer", unfinished / "shared_layer")
    _build_layer(unfinished / "layers" / "stripe", "StripeLayer", unfinished / "stripe_layer")
    for layer in ("shared_layer", "stripe_layer"):
        shutil.copytree(unfinished / layer, unfinished / "both_layers", dirs_exist_ok=True)
    compile_sources(unfinished / "functions")
    unfinished.rename(folder)
    return Artifacts(folder)


def _build_layer(source: Path, name: str, target: Path) -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    command = ["make", "--silent", "-C", str(source), f"build-{name}", f"ARTIFACTS_DIR={target}"]
    # The variables of an outer make would reach this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**environment, "PATH": path})
    if done.returncode != 0:
        sys.exit(f"bench: the layer {name} cannot be built:\n{done.stdout}{done.stderr}")


def _copy(folder: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    for source in _SOURCES:
        shutil.copytree(ROOT / source, folder / source, ignore=ignore)


def _extract(folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(released_archive(*_SOURCES))) as archive:
        archive.extractall(folder, filter="data")
