"""Owns the local database server: which program it is, its data folder, its account and how it is started."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pymysql

from infra.local.servers.debian_packages import can_fetch_packages, library_path, unpacked
from infra.local.servers.kept import LOOPBACK, free_port, kept_password
from infra.local.servers.problems import ServerProblem
from infra.local.servers.processes import Launch

_PROGRAMS = ("mariadbd", "mysqld")
_FOLDERS_OFF_PATH = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/opt/homebrew/bin", "/usr/local/bin")
# Where this exists (Ubuntu), the system's mysqld may write under /var/lib/mysql only.
_APPARMOR_PROFILE = Path("/etc/apparmor.d/usr.sbin.mysqld")
# Ubuntu 22.04 has the server under its version's name only, and a MySQL where MariaDB's component is switched off.
_PACKAGES = (["mariadb-server-core"], ["mariadb-server-core-10.6"], ["mysql-server-core-8.0"])

# Everything is said here and nothing comes from the machine's my.cnf files. Names are what both families share.
_SETTINGS = (
    "--skip-name-resolve",
    f"--bind-address={LOOPBACK}",
    "--socket=",  # none: its path would be limited to some 100 characters, and nothing needs it
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--max-connections=200",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
)
_SETTINGS_OF_MYSQL = ("--mysqlx=OFF", "--secure-file-priv=NULL")
# Tests build a data folder per run and throw it away: what a power cut would leave of it is nobody's concern.
_SETTINGS_WITHOUT_DURABILITY = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")

_MARIADB_SCRIPTS = (
    "system_tables.sql",
    "performance_tables.sql",
    "system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "sys_schema.sql",
)


@dataclass(frozen=True)
class DatabaseProgram:
    """A server program and what it needs to run from where it lies."""

    command: tuple[str, ...]
    share: Path
    is_mariadb: bool
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The two families cannot read each other's data."""
        return "mariadb" if self.is_mariadb else "mysql"

    @property
    def start(self) -> list[str]:
        """The first words of every command line of this program."""
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        messages = [f"--lc-messages-dir={self.share}", f"--character-sets-dir={self.share}/charsets"]
        return [*self.command, "--no-defaults", *as_root, *messages]


class Database:
    """The database server of one data folder."""

    name = "database"
    patience = 20.0

    def __init__(self, data_folder: Path, *, durable: bool, progress: Callable[[str], None]) -> None:
        self._folder = data_folder / "mysql"
        self._log_file = data_folder / "logs" / "database.log"
        self._durable = durable
        self._progress = progress
        self._port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """Where the application connects to, with its account."""
        return f"mysql://microshop:{self._password}@{LOOPBACK}:{self._port}/microshop"

    def prepare(self, program: DatabaseProgram | None = None) -> Launch:
        """Find or fetch the program and lay out its data folder."""
        program = program or find_program(self._progress)
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / program.family
        self._refuse_data_of_another_family(program)
        if not data.exists():
            self._progress("laying out an empty database")
            _lay_out(program, data)
        self._password = kept_password(self._folder / "password")
        self._port = free_port(self._folder / "port")
        command = [*program.start, f"--datadir={data}", f"--port={self._port}", *_SETTINGS]
        command += [f"--pid-file={self._folder}/pid", f"--init-file={self._account_script(program)}"]
        command += () if program.is_mariadb else _SETTINGS_OF_MYSQL
        command += () if self._durable else _SETTINGS_WITHOUT_DURABILITY
        return Launch(self.name, command, self._log_file, {**os.environ, **program.environment})

    def is_ready(self) -> bool:
        """Whether the application can work with its database."""
        try:
            pymysql.connect(
                host=LOOPBACK, port=self._port, user="microshop", password=self._password, connect_timeout=5
            ).close()
        except pymysql.err.OperationalError:
            return False
        return True

    def _refuse_data_of_another_family(self, program: DatabaseProgram) -> None:
        for family in {"mariadb", "mysql"} - {program.family}:
            if (self._folder / family).exists():
                raise ServerProblem(
                    f"{self._folder} holds the data of a {family} server but {program.command[-1]} is {program.family}:"
                    f" put {family} on PATH again, or start afresh with `make reset`"
                )

    def _account_script(self, program: DatabaseProgram) -> Path:
        """Statements for every start, one a line; on a data folder that has them already they change nothing."""
        plugin = f"VIA mysql_native_password USING PASSWORD('{self._password}')"
        if not program.is_mariadb:
            plugin = f"WITH caching_sha2_password BY '{self._password}'"
        script = self._folder / "account.sql"
        script.touch(mode=0o600)
        script.write_text(
            "CREATE DATABASE IF NOT EXISTS microshop CHARACTER SET utf8mb4;\n"
            f"CREATE USER IF NOT EXISTS 'microshop'@'%' IDENTIFIED {plugin};\n"
            f"ALTER USER 'microshop'@'%' IDENTIFIED {plugin};\n"
            "GRANT ALL PRIVILEGES ON `microshop%`.* TO 'microshop'@'%';\n"
            "ALTER USER 'root'@'localhost' ACCOUNT LOCK;\n"
        )
        return script


def find_program(progress: Callable[[str], None]) -> DatabaseProgram:
    """The installed server, or one unpacked from the distribution's packages.

    Raises:
        ServerProblem: there is neither.
    """
    places = os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS_OFF_PATH])
    for name in _PROGRAMS:
        found = shutil.which(name, path=places)
        if found and not (found == "/usr/sbin/mysqld" and _APPARMOR_PROFILE.exists()):
            return _program_at(Path(found).resolve(), {})
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
            return _program_at(root / "usr/sbin" / name, {"LD_LIBRARY_PATH": library_path(root)})
    raise ServerProblem(f"{root} holds no database server: delete that folder and try again")


def _program_at(path: Path, environment: dict[str, str]) -> DatabaseProgram:
    asked = subprocess.run(
        [path, "--no-defaults", "--version"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    if asked.returncode != 0:
        raise ServerProblem(f"{path} does not run, reinstall it or delete it: {asked.stderr.strip()}")
    prefix = path.parent.parent
    candidates = [prefix / "share/mysql", prefix / "share/mariadb", prefix / "share"]
    share = next((folder for folder in candidates if (folder / "charsets").is_dir()), None)
    if share is None:
        raise ServerProblem(f"{path} lacks its share/mysql folder: reinstall the database server")
    return DatabaseProgram((str(path),), share, "MariaDB" in asked.stdout, environment)


def _lay_out(program: DatabaseProgram, data: Path) -> None:
    """Make the system tables, in a folder that gets its name when it is complete."""
    with tempfile.TemporaryDirectory(dir=data.parent, prefix="unfinished.") as work:
        unfinished = Path(work, "data")
        unfinished.mkdir(mode=0o700)
        quick = [f"--datadir={unfinished}", *_SETTINGS_WITHOUT_DURABILITY]
        how = ["--bootstrap", "--log-warnings=0"] if program.is_mariadb else ["--initialize-insecure"]
        done = subprocess.run(
            [*program.start, *quick, *how],
            input=_system_tables(program.share) if program.is_mariadb else b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **program.environment},
            check=False,
        )
        if done.returncode != 0:
            said = done.stdout.decode(errors="replace")[-1500:]
            raise ServerProblem(f"{program.command[-1]} could not lay out {data}, is the disk full? It said:\n{said}")
        unfinished.rename(data)


def _system_tables(share: Path) -> bytes:
    """What mariadb-install-db feeds to the server, which is a script of its own in every version."""
    scripts = [next(share.glob(f"*{name}")) for name in _MARIADB_SCRIPTS]
    # root is bound to the Unix socket, which is switched off, instead of being let in without a password
    opening = b"CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket = 'root';\n"
    return opening + b"\n".join(script.read_bytes() for script in scripts)
