"""The port and the password of a server, which stay the same between runs."""

import secrets
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def free_port(remembered_in: Path) -> int:
    """Returns a free loopback port: the one of the last run, unless another program uses it."""
    port = _bindable(_number_in(remembered_in)) or _bindable(0)
    remembered_in.write_text(f"{port}\n")
    return port


def stored_password(file: Path) -> str:
    """Returns a random password. The first call creates the file, which only this user may read."""
    if not file.exists():
        unfinished = file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(24))
        unfinished.replace(file)
    return file.read_text().strip()


def _number_in(file: Path) -> int:
    try:
        number = int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0
    return number if 1024 <= number <= 65535 else 0


def _bindable(port: int) -> int:
    """Returns the port if it is free, or 0. For port 0, returns any free port."""
    with socket.socket() as probe:
        # As the servers do: a port whose connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
