"""The Redis connection: one per execution environment, on hiredis and a socket.

Importing redis-py takes eight times as long as starting a bare interpreter, which is too much for the authorizer and
cached reads. The contract test of this module uses redis-py as the oracle. The module has only the features that the
shop uses: commands, pipelines, timeouts, TLS, one reconnect. It does not support cluster mode.
"""

import functools
import socket
import time
from collections.abc import Iterable
from typing import cast

import hiredis

from microshop.errors import Unavailable
from microshop.platform import settings, sign_in

type Reply = bytes | int | list[Reply] | None
type Argument = bytes | str | int

# A healthy server answers in under 1 ms. Half a second is long enough for the first packets of a failover, and short
# enough for a read to fall back to the database while its client still waits.
_COMMAND_SECONDS = 0.5
# For TCP and TLS together. A server with a full connection queue drops the first packet, and TCP repeats it after a
# second. A TLS handshake costs CPU on both sides, just when a deployment replaces every environment.
_CONNECT_SECONDS = 2
# ElastiCache asks IAM to check a token before it answers. All three together are less than the authorizer's timeout.
_IAM_SECONDS = 2

# Errors caused by the server's state, not by the command. After one of the first kind, a new connection may lead to
# another server (a failover).
_RECONNECT_ERRORS = ("LOADING ", "READONLY ", "MASTERDOWN ")
_UNAVAILABLE_ERRORS = ("OOM ", "MISCONF ", "NOREPLICAS ", "BUSY ", "CLUSTERDOWN ", "ERR max number of clients")
# A refused sign-in counts as an outage, as for the database: callers that can do without Redis continue. A command that
# the user may not run (NOPERM) is a fault instead: the user's access string must allow it.
_SIGN_IN_ERRORS = {
    "WRONGPASS": "the user is disabled or has another password",
    "NOAUTH": "it requires a password and REDIS_URL has none",
}
_TOKEN_ERROR = "the user is disabled, or the role lacks elasticache:Connect for cache and user"  # noqa: S105 - a sentence


class RedisError(Exception):
    """The server refused a command that it understood: a fault in our code or configuration."""


class Redis:
    """A lazy connection.

    Raises, from every method that sends a command:
        Unavailable: the server does not answer in time, cannot be reached, or cannot serve at the moment.
        RedisError: the server answers with another error.
    """

    def __init__(self, address: settings.ServerAddress) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._reader = hiredis.Reader()

    def command(self, *arguments: Argument) -> Reply:
        """Send one command. Returns its reply."""
        return self.pipeline(arguments)[0]

    def pipeline(self, *commands: tuple[Argument, ...]) -> list[Reply]:
        """Send commands in one round trip. Returns their replies in order; raises the first error among them.

        Reconnects once if the connection was lost while the environment was frozen. That is safe because every command
        that the shop sends may run twice.
        """
        packed = b"".join(map(_pack, commands))
        fresh = self._socket is None
        try:
            return self._exchange(packed, len(commands))
        except OSError as error:
            self.close()
            if fresh or isinstance(error, TimeoutError):
                raise Unavailable("redis", type(error).__name__) from error
        try:
            return self._exchange(packed, len(commands))
        except OSError as error:
            self.close()
            raise Unavailable("redis", type(error).__name__) from error

    def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._reader = hiredis.Reader()

    def _exchange(self, packed: bytes, count: int) -> list[Reply]:
        if self._socket is None:
            self._socket = self._connect()
        self._socket.sendall(packed)
        replies = [self._receive(self._socket) for _ in range(count)]
        _raise_first_error(replies, iam=self._address.iam)
        return cast("list[Reply]", replies)

    def _receive(self, connection: socket.socket) -> object:
        try:
            while (reply := self._reader.gets()) is False:
                data = connection.recv(65536)
                if not data:
                    raise ConnectionError("closed by the server")
                self._reader.feed(data)
        except hiredis.ProtocolError as error:
            raise ConnectionError(f"not a Redis server: {error}") from error
        return reply

    def _connect(self) -> socket.socket:
        address = self._address
        deadline = time.monotonic() + _CONNECT_SECONDS
        connection = socket.create_connection((address.host, address.port), timeout=_CONNECT_SECONDS)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.tls:
                from microshop.platform import tls  # noqa: PLC0415 - a connection without TLS loads no ssl

                connection.settimeout(max(deadline - time.monotonic(), 0.001))
                connection = tls.context(address.tls).wrap_socket(connection, server_hostname=address.host)
            connection.settimeout(max(_IAM_SECONDS, _COMMAND_SECONDS) if address.iam else _COMMAND_SECONDS)
            for command in self._sign_in_commands():
                connection.sendall(_pack(command))
                _raise_first_error([self._receive(connection)], iam=address.iam)
            connection.settimeout(_COMMAND_SECONDS)
        except BaseException:
            connection.close()
            raise
        return connection

    def _sign_in_commands(self) -> list[tuple[Argument, ...]]:
        address, commands = self._address, list[tuple[Argument, ...]]()
        if password := sign_in.redis_password(address):
            commands.append(("AUTH", address.user, password) if address.user else ("AUTH", password))
        if address.name not in ("", "0"):
            commands.append(("SELECT", address.name))
        return commands


def _raise_first_error(replies: Iterable[object], *, iam: bool) -> None:
    for reply in replies:
        if isinstance(reply, hiredis.ReplyError):
            raise _exception_for(str(reply), iam=iam)
        if isinstance(reply, list):  # the replies of a transaction or script
            _raise_first_error(reply, iam=iam)


def _exception_for(error: str, *, iam: bool) -> Exception:
    if error.startswith(_RECONNECT_ERRORS):
        return ConnectionError(error)
    code = error.partition(" ")[0]
    if error.startswith(_UNAVAILABLE_ERRORS):
        return Unavailable("redis", code)
    if code == "WRONGPASS" and iam:
        return Unavailable("redis", f"{code}, {_TOKEN_ERROR}")
    if code in _SIGN_IN_ERRORS:
        return Unavailable("redis", f"{code}, {_SIGN_IN_ERRORS[code]}")
    return RedisError(error)


def _pack(command: tuple[Argument, ...]) -> bytes:
    return hiredis.pack_command(command)  # type: ignore[arg-type, no-any-return]  # its stub has tuples of one element only


@functools.cache
def redis() -> Redis:
    """Returns this execution environment's connection."""
    return Redis(settings.redis())
