"""Owns getting programs out of Debian and Ubuntu packages without installing them, and so without root."""

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
    """Whether this is a system with Debian's package tools."""
    return os.access(_APT_GET, os.X_OK) and os.access(_DPKG, os.X_OK)


def cache_folder() -> Path:
    """Where unpacked packages are kept, shared by every clone on the machine."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "microshop"


def unpacked(
    name: str,
    choices: Sequence[Sequence[str]],
    progress: Callable[[str], None],
    extra_options: Sequence[str] = (),
) -> Path:
    """The folder that holds a package and what the system lacks of its dependencies, fetched on the first call.

    Args:
        name: what to call the folder in the cache.
        choices: lists of packages in the order of preference; the first list that the archive has is taken.
        progress: told what takes time.
        extra_options: more options for apt-get, such as another list of sources.

    Raises:
        ServerProblem: the packages cannot be fetched.
    """
    # The missing libraries depend on what the system has, so another release gets a folder of its own.
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
            root.rename(folder)  # at once, so that nobody ever sees half of it
        except OSError:
            if not folder.exists():  # else another clone was faster
                raise
    return folder


def library_path(folder: Path) -> str:
    """What LD_LIBRARY_PATH must hold for a program in an unpacked folder."""
    names = {library.parent for library in folder.rglob("*.so*")}
    return ":".join(str(name) for name in sorted(names) if name.name.endswith("-linux-gnu") or name.name == "lib")


def _downloaded(
    choices: Sequence[Sequence[str]], work: Path, progress: Callable[[str], None], extra_options: Sequence[str]
) -> list[Path]:
    options = _private_options(work, extra_options)
    progress("fetching the list of packages")
    updated = _apt(["update"], options)
    for packages in choices:
        progress(f"fetching {', '.join(packages)}")
        fetched = _apt(["install", "--yes", "--download-only", "--no-install-recommends", *packages], options)
        if fetched.returncode == 0:
            return sorted(work.glob("archives/*.deb"))
    # A failed update alone is no reason to give up: one broken third-party source is enough for it.
    reason = (updated.stderr + fetched.stderr).strip()
    wanted = " or ".join(" ".join(packages) for packages in choices)
    raise ServerProblem(
        f"The packages {wanted} could not be fetched: check the network and `apt-get update`, or install a database"
        f" server. apt-get said:\n{reason[-1500:]}"
    )


def _private_options(work: Path, extra_options: Sequence[str]) -> list[str]:
    """Options that let apt-get use the system's sources, keys and package states, and write nothing of the system's."""
    for folder in ("lists/partial", "archives/partial"):
        (work / folder).mkdir(parents=True)
    settings = {
        "Dir::State::lists": f"{work}/lists",
        "Dir::Cache": str(work),
        "Dir::Cache::archives": f"{work}/archives",
        "Debug::NoLocking": "1",  # nothing is installed, and the system's lock belongs to root
        "APT::Sandbox::User": "root",  # when run by root: the folder is ours, the user _apt cannot write there
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
        raise ServerProblem(f"{archive.name} could not be unpacked in {root}, is the disk full? {done.stderr}")
