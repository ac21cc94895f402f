"""Finds the database server program: an installed one, or one unpacked from packages of the distribution."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.local.servers.debian_packages import can_fetch_packages, library_path, unpacked
from tools.local.servers.problems import ServerProblem

_PROGRAMS = ("mariadbd", "mysqld")
_FOLDERS_OFF_PATH = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/opt/homebrew/bin", "/usr/local/bin")
# This profile (Ubuntu) allows the system's mysqld to write only to /var/lib/mysql.
_APPARMOR_PROFILE = Path("/etc/apparmor.d/usr.sbin.mysqld")
# Ubuntu 22.04 has MariaDB only under the second name. MySQL is for machines whose MariaDB component is disabled.
_PACKAGES = (["mariadb-server-core"], ["mariadb-server-core-10.6"], ["mysql-server-core-8.0"])


@dataclass(frozen=True)
class DatabaseProgram:
    """A server program, with the files and variables that it needs."""

    command: tuple[str, ...]
    share: Path
    is_mariadb: bool
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """`mariadb` or `mysql`. Neither can read the data of the other."""
        return "mariadb" if self.is_mariadb else "mysql"

    @property
    def start(self) -> list[str]:
        """The beginning of every command line of this program."""
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        messages = [f"--lc-messages-dir={self.share}", f"--character-sets-dir={self.share}/charsets"]
        return [*self.command, "--no-defaults", *as_root, *messages]


def find_program(progress: Callable[[str], None]) -> DatabaseProgram:
    """Returns the installed server, or one unpacked from packages of the distribution.

    Raises:
        ServerProblem: neither exists.
    """
    places = os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS_OFF_PATH])
    for name in _PROGRAMS:
        found = shutil.which(name, path=places)
        if found and not (found == "/usr/sbin/mysqld" and _APPARMOR_PROFILE.exists()):
            return program_at(Path(found).resolve())
    if not can_fetch_packages():
        raise ServerProblem(
            "No database server was found: run `brew install mariadb`, or `docker run -d -p 127.0.0.1:3306:3306 -e"
            " MARIADB_DATABASE=microshop -e MARIADB_USER=microshop -e MARIADB_PASSWORD=microshop -e"
            " MARIADB_RANDOM_ROOT_PASSWORD=1 mariadb` and set"
            " MICROSHOP_DATABASE_URL=mysql://microshop:microshop@127.0.0.1:3306/microshop"
        )
    root = unpacked("database", _PACKAGES, lambda step: progress(f"{step}, once per machine"))
    for name in _PROGRAMS:
        if (root / "usr/sbin" / name).exists():
            return program_at(root / "usr/sbin" / name, {"LD_LIBRARY_PATH": library_path(root)})
    raise ServerProblem(f"{root} contains no database server: delete that folder and try again")


def program_at(path: Path, environment: dict[str, str] | None = None, *, by: tuple[str, ...] = ()) -> DatabaseProgram:
    """Returns the program at the path. `by` is the command of a dynamic linker that runs it.

    Raises:
        ServerProblem: it does not run here, or its files are missing.
    """
    environment = environment or {}
    command = (*by, str(path))
    checked = subprocess.run(
        [*command, "--no-defaults", "--version"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    if checked.returncode != 0:
        raise ServerProblem(f"{path} does not run ({checked.stderr.strip()}): reinstall it, or delete it")
    prefix = path.parent.parent
    candidates = [prefix / "share/mysql", prefix / "share/mariadb", prefix / "share"]
    share = next((folder for folder in candidates if (folder / "charsets").is_dir()), None)
    if share is None:
        raise ServerProblem(f"{path} lacks its share/mysql folder: reinstall the database server")
    return DatabaseProgram(command, share, "MariaDB" in checked.stdout, environment)
