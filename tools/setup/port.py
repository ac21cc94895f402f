"""Checks the port of the shop, before the setup installs anything and before the runner starts."""

from __future__ import annotations

import contextlib
import errno
import socket
from itertools import chain

from tools.problems import LocalProblem

_HIGHEST = 65535
_FIRST_OF_USERS = 1024
_USUAL = 3000


def port_number(text: str) -> int:
    """Returns the port that the text names; 0 stands for any free port.

    Raises:
        LocalProblem: the text is not a port.
    """
    if not (text.isascii() and text.isdigit() and int(text) <= _HIGHEST):
        raise LocalProblem(
            f"PORT={text} is not a port: choose a number from {_FIRST_OF_USERS} to {_HIGHEST}, for example"
            f" `make run PORT={_free_port_from(_USUAL)}`"
        )
    return int(text)


def refuse_unusable(port: int) -> None:
    """Refuse a port that the shop cannot listen on.

    Raises:
        LocalProblem: the port cannot be used; the text names a free one.
    """
    try:
        _bind(port)
    except OSError as error:
        why = "only root may listen there" if error.errno == errno.EACCES else error.strerror
        free = _free_port_from(port + 1 if port >= _FIRST_OF_USERS else _USUAL)
        raise LocalProblem(
            f"Port {port} cannot be used ({why}): choose another, for example `make run PORT={free}`"
        ) from error


def _free_port_from(first: int) -> int:
    for candidate in chain(range(first, min(first + 100, _HIGHEST + 1)), range(_USUAL, _USUAL + 100)):
        with contextlib.suppress(OSError):
            _bind(candidate)
            return candidate
    return 0


def _bind(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
