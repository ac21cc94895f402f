"""Runs MySQL where the distribution has only MariaDB: unpacks packages of Debian sid, which bring their own libc.

`python -m tools.local.servers.mysql_from_debian COMMAND …` runs a command with MICROSHOP_DATABASE_URL and
MICROSHOP_MIGRATION_DATABASE_URL set to such a server.
"""

import contextlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tools.local.servers.database import Database
from tools.local.servers.database_program import DatabaseProgram, program_at
from tools.local.servers.debian_packages import can_fetch_packages, library_path, unpacked
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Processes

# The first is in Debian sid, the others are in Ubuntu.
_PACKAGES = (["mysql-server-core"], ["mysql-server-core-8.4"], ["mysql-server-core-8.0"])
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_APT_GET = "/usr/bin/apt-get"
_SECONDS_TO_START = 60


@contextlib.contextmanager
def running_mysql(data_folder: Path, progress: Callable[[str], None]) -> Iterator[Database]:
    """Run a MySQL server within the `with` block. The value has its URLs. A power failure may corrupt the data.

    Raises:
        ServerProblem: the server cannot be downloaded or started.
    """
    database = Database(data_folder.resolve(), durable=False, progress=progress, find=find_mysql)
    processes = Processes(data_folder.resolve() / "run")
    child = processes.start(database.prepare())
    try:
        child.wait_until(database.is_ready, _SECONDS_TO_START)
        yield database
    finally:
        processes.stop(child, database.stop_timeout)


def find_mysql(progress: Callable[[str], None]) -> DatabaseProgram:
    """Returns the unpacked MySQL. The dynamic linker of its packages runs it.

    Raises:
        ServerProblem: this system is neither Debian nor Ubuntu, or the packages cannot be downloaded.
    """
    if not can_fetch_packages():
        raise ServerProblem(
            "MySQL can be downloaded on Debian and Ubuntu only: set MICROSHOP_DATABASE_URL to a MySQL server"
        )
    with tempfile.TemporaryDirectory() as folder:
        options = _apt_options(Path(folder))
        root = unpacked("mysql", _PACKAGES, lambda step: progress(f"{step}, once per machine"), options)
    linker = next(root.glob("usr/lib64/ld-linux-*.so.*"), None) or next(root.glob("**/ld-linux-*.so.*"), None)
    if linker is None:
        raise ServerProblem(f"{root} contains no dynamic linker: delete that folder and try again")
    return program_at(root / "usr/sbin/mysqld", by=(str(linker), "--library-path", library_path(root)))


def _apt_options(folder: Path) -> Sequence[str]:
    # An empty list of installed packages: these are of another release and need all their dependencies, including libc.
    (folder / "status").touch()
    options = [f"-oDir::State::status={folder}/status"]
    if platform.freedesktop_os_release()["ID"] == "debian":
        sources = folder / "sid.sources"
        signed_by = f"Signed-By: {_KEYRING}\n" if _KEYRING.exists() else ""
        sources.write_text(f"Types: deb\nURIs: {_mirror()}\nSuites: sid\nComponents: main\n{signed_by}")
        options += [f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=-"]
    return options


def _mirror() -> str:
    """Returns the package mirror of this machine."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    targets = subprocess.run(
        [_APT_GET, "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    for target in targets.stdout.splitlines():
        name, _, address = target.partition(" ")
        if name == release:
            return address
    raise ServerProblem(f"apt has no source for {release}: set MICROSHOP_DATABASE_URL to a MySQL server")


def main() -> int:
    """Run the command of the command line with a MySQL server. Returns its exit code."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="microshop-mysql-") as folder,
            running_mysql(Path(folder), lambda step: print(f"mysql: {step}", file=sys.stderr, flush=True)) as mysql,
        ):
            urls = {
                "MICROSHOP_DATABASE_URL": mysql.url,
                "MICROSHOP_MIGRATION_DATABASE_URL": mysql.migration_url,
            }
            return subprocess.run(sys.argv[1:], env={**os.environ, **urls}, check=False).returncode
    except ServerProblem as problem:
        print(f"mysql: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
