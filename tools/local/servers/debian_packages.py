"""Downloads and unpacks packages of Debian and Ubuntu without installing them, which needs no root."""

import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.local.servers.problems import ServerProblem

_APT_GET = "/usr/bin/apt-get"
_DPKG = "/usr/bin/dpkg"


def can_fetch_packages() -> bool:
    """Whether this system has Debian's package tools."""
    return os.access(_APT_GET, os.X_OK) and os.access(_DPKG, os.X_OK)


def cache_folder() -> Path:
    """Returns the cache of unpacked packages, which all clones on this machine share."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "microshop"


def unpacked(
    name: str,
    choices: Sequence[Sequence[str]],
    progress: Callable[[str], None],
    extra_options: Sequence[str] = (),
) -> Path:
    """Returns a folder with a package and its missing dependencies. The first call downloads them.

    Args:
        name: the name of the folder in the cache.
        choices: lists of packages in order of preference. The first list that is available is used.
        progress: called with a description of each slow step.
        extra_options: more options for apt-get, such as another list of sources.

    Raises:
        ServerProblem: the packages cannot be downloaded.
    """
    # The missing libraries depend on the system, so each release has its own folder.
    release = platform.freedesktop_os_release()
    folder = cache_folder() / f"{name}-{release['ID']}{release.get('VERSION_ID', '')}-{platform.machine()}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as unfinished:
        archives = _downloaded(choices, Path(unfinished), progress, extra_options)
        root = Path(unfinished, "root")
        root.mkdir()
        for archive in archives:
            _unpack(archive, root)
        try:
            root.rename(folder)  # atomic: no other process finds an incomplete folder
        except OSError:
            if not folder.exists():  # otherwise another clone was faster
                raise
    return folder


def library_path(folder: Path) -> str:
    """Returns LD_LIBRARY_PATH for a program in an unpacked folder."""
    names = {library.parent for library in folder.rglob("*.so*")}
    return ":".join(str(name) for name in sorted(names) if name.name.endswith("-linux-gnu") or name.name == "lib")


def _downloaded(
    choices: Sequence[Sequence[str]], work: Path, progress: Callable[[str], None], extra_options: Sequence[str]
) -> list[Path]:
    options = _private_options(work, extra_options)
    progress("downloading the list of packages")
    updated = _apt(["update"], options)
    for packages in choices:
        progress(f"downloading {', '.join(packages)}")
        fetched = _apt(["install", "--yes", "--download-only", "--no-install-recommends", *packages], options)
        if fetched.returncode == 0:
            return sorted(work.glob("archives/*.deb"))
    # `apt-get update` fails for a single broken third-party source, so only the installation counts.
    reason = (updated.stderr + fetched.stderr).strip()
    wanted = " or ".join(" ".join(packages) for packages in choices)
    raise ServerProblem(
        f"The packages {wanted} could not be downloaded: check the network and `apt-get update`, or install a"
        f" database server. The output of apt-get:\n{reason[-1500:]}"
    )


def _private_options(work: Path, extra_options: Sequence[str]) -> list[str]:
    """Returns options of apt-get. It then reads sources, keys and package states of the system, but writes none."""
    for folder in ("lists/partial", "archives/partial"):
        (work / folder).mkdir(parents=True)
    settings = {
        "Dir::State::lists": f"{work}/lists",
        "Dir::Cache": str(work),
        "Dir::Cache::archives": f"{work}/archives",
        "Debug::NoLocking": "1",  # nothing is installed, and only root may lock the package states
        "APT::Sandbox::User": "root",  # for root: the user _apt could not write to the folder
        "APT::Get::AllowUnauthenticated": "0",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "0",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "0",
    }
    return ["-q", *(f"-o{name}={value}" for name, value in settings.items()), *extra_options]


def _apt(arguments: Sequence[str], options: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_APT_GET, *options, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        check=False,
    )


def _unpack(archive: Path, root: Path) -> None:
    done = subprocess.run([_DPKG, "-x", archive, root], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerProblem(f"{archive.name} could not be unpacked in {root}; is the disk full? {done.stderr}")
