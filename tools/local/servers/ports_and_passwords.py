"""Owns what a server keeps from one run to the next: its port and its password."""

import secrets
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def free_port(remembered_in: Path) -> int:
    """A free loopback port; the one of the last run if nobody has taken it, so that addresses tend to stay."""
    port = _bindable(_number_in(remembered_in)) or _bindable(0)
    remembered_in.write_text(f"{port}\n")
    return port


def kept_password(file: Path) -> str:
    """A random password, made on the first call and readable by this user alone."""
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
    """The port that was bound (0 asks for any), or 0 if that one is taken."""
    with socket.socket() as probe:
        # As the servers do: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
