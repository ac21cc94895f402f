"""The usual stacks, which do the same work as a function of the shop: an environment, and an artifact for each stack.

`stacks/` has the frameworks, `work/` what a handler does. All write a log line and a metric with powertools.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

from tests.benchmarks.artifacts import CACHE, compile_sources
from tools import ROOT

__all__ = ["CHALICE", "STACKS", "WORK", "Peer", "bare", "lambda_runtime", "versions"]

_HERE = Path(__file__).parent
_LOCK = _HERE / "requirements.txt"
_ENVIRONMENT = CACHE / "peers"

CHALICE = "Chalice"
# Title → its module, and the packages that a deployment of it contains.
STACKS = {
    CHALICE: ("chalice_app", ()),
    "powertools resolver": ("powertools_resolver", ()),
    "Flask + apig-wsgi": ("flask_wsgi", ("flask", "apig-wsgi")),
    "FastAPI + Mangum": ("fastapi_mangum", ("fastapi", "mangum")),
}
# Work → its packages.
WORK = {
    "cached_product": ("redis", "hiredis"),
    "order_of_customer": ("pymysql",),
    "new_order": ("pymysql", "pydantic"),
}
_ALWAYS = ("aws-lambda-powertools",)
_RUNTIME = ("boto3",)  # Lambda has it
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Peer:
    """A stack with one kind of work."""

    stack: str
    work: str

    @property
    def module(self) -> str:
        """The module with the handler."""
        return STACKS[self.stack][0]

    def path(self) -> tuple[Path, ...]:
        """Returns the folders of its code and of its packages, which are made if necessary."""
        packages = {*_ALWAYS, *STACKS[self.stack][1], *WORK[self.work]}
        linked = _linked(f"{self.module}-{self.work}", packages)
        if self.stack == CHALICE:  # deploys its own runtime only, without the packages of its command line
            _link(_site() / "chalice", linked)
        return _code() / "stacks", _code() / "work", linked

    def environment(self, boto3_client: str = "") -> dict[str, str]:
        """Returns the environment variables of the stack, with one client of boto3 or none."""
        client = {"BOTO3_CLIENT": boto3_client, "AWS_DEFAULT_REGION": "eu-central-1"} if boto3_client else {}
        return {"WORK": self.work, "AWS_EC2_METADATA_DISABLED": "true", **client}


def bare() -> Path:
    """Returns the folder of the module `bare`, a handler that only imports json."""
    return _code() / "bare"


def lambda_runtime() -> tuple[Path, ...]:
    """Returns the folder of what Lambda's Python has beyond the standard library."""
    return (_linked("runtime", set(_RUNTIME)),)


def versions() -> dict[str, str]:
    """Returns the versions of the compared packages."""
    shown = {*_ALWAYS, *_RUNTIME, "chalice", "redis", "pymysql", "pydantic"}
    shown.update(*(packages for _, packages in STACKS.values()))
    return {name: version for name, version in sorted(_installed_versions().items()) if name in shown}


def _site() -> Path:
    installed = _ENVIRONMENT / "installed.txt"
    if not installed.exists() or installed.read_bytes() != _LOCK.read_bytes():
        uv = str(ROOT / ".venv" / "bin" / "uv")
        python = str(ROOT / ".venv" / "bin" / "python")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", python, str(_ENVIRONMENT)], check=True)
        sync = [uv, "pip", "sync", "--quiet", "--python", str(_ENVIRONMENT), "--require-hashes", str(_LOCK)]
        subprocess.run(sync, check=True)
        [site] = _ENVIRONMENT.glob("lib/python*/site-packages")
        compile_sources(site)
        shutil.copyfile(_LOCK, installed)
    [site] = _ENVIRONMENT.glob("lib/python*/site-packages")
    return site


def _code() -> Path:
    """Compiles the stacks, in a copy, because a deployment has bytecode and the repository has none."""
    target = CACHE / "peers-code"
    if not target.exists():
        shutil.copytree(_HERE, target, ignore=shutil.ignore_patterns("__pycache__"))
        compile_sources(target)
    return target


def _linked(name: str, packages: set[str]) -> Path:
    """Links packages and what they require into a folder, because every package in a path makes a start slower."""
    target = CACHE / "packages" / name
    target.mkdir(parents=True, exist_ok=True)
    for distribution in _required(packages):
        for entry in {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}:
            _link(_site() / entry, target)
    return target


def _link(source: Path, folder: Path) -> None:
    target = folder / source.name
    if target.exists():
        return
    if source.suffix == ".py":  # its bytecode is in a folder that it shares with other packages
        shutil.copyfile(source, target)
        compile_sources(target)
    else:
        target.symlink_to(source)


def _required(packages: set[str]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    waiting = list(packages)
    while waiting:
        name = _normal(waiting.pop())
        if name not in found:
            found[name] = _distribution(name)
            waiting += [required for each in found[name].requires or () if (required := _needed(each))]
    return list(found.values())


def _needed(requirement: str) -> str:
    """Returns the name of a requirement, or "" for that of an extra."""
    condition = requirement.partition(";")[2]
    match = _NAME.match(requirement)
    name = match[0] if match else ""
    return "" if "extra" in condition or _normal(name) not in _installed_versions() else name


def _distribution(name: str) -> Distribution:
    [found] = [each for each in _distributions() if _normal(each.name) == name]
    return found


def _installed_versions() -> dict[str, str]:
    return {_normal(each.name): each.version for each in _distributions()}


def _distributions() -> list[Distribution]:
    return [PathDistribution(folder) for folder in sorted(_site().glob("*.dist-info"))]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
