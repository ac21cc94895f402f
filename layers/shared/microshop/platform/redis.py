"""The Redis connection: one per execution environment, on hiredis and a socket.

redis-py alone takes eight times a bare start, which the authorizer and the cached reads cannot afford; it is the oracle
of this module's contract test instead. What is here is what the shop uses: commands, pipelines, time limits, TLS, one
reconnect. Cluster mode is not supported.
"""

import functools
import socket
import time
from collections.abc import Iterable
from typing import cast

import hiredis

from microshop.errors import Unavailable
from microshop.platform import settings, sign_in, tls

type Reply = bytes | int | list[Reply] | None
type Argument = bytes | str | int

# A healthy server answers in under 1 ms. Half a second is long enough for a failover's first packets and short enough
# for a read to go to the database instead while its client still waits.
_COMMAND_SECONDS = 0.5
# For TCP and TLS together. A server whose queue of connections is full drops the first packet, repeated after a
# second; and a handshake costs CPU on both sides, just when a deployment replaces every environment.
_CONNECT_SECONDS = 2
# ElastiCache has IAM check a token before it answers. With the other two this is less than the authorizer's timeout.
_IAM_SECONDS = 2

# Refusals that are the server's state and no fault of the command's. After the first kind a new connection may lead to
# another server (a failover).
_ASK_ANOTHER = ("LOADING ", "READONLY ", "MASTERDOWN ")
_ASK_LATER = ("OOM ", "MISCONF ", "NOREPLICAS ", "BUSY ", "CLUSTERDOWN ", "ERR max number of clients")
# As of a database that refuses a sign-in: nothing can be asked, and what does without Redis goes on. A command that the
# user may not give (NOPERM) is none of these, for its place is in the user's access string.
_SIGN_IN_REFUSED = {
    "WRONGPASS": "the user is off or has another password",
    "NOAUTH": "it asks for a password and REDIS_URL has none",
}
_TOKEN_REFUSED = "the user is off, or its role lacks elasticache:Connect for both cache and user"  # noqa: S105 - a sentence


class RedisError(Exception):
    """The server understood the command and refused it: a fault in our code or its setup."""


class Redis:
    """A lazy connection.

    Raises, from every method that asks the server:
        Unavailable: it does not answer in time, cannot be reached, or cannot serve at the moment.
        RedisError: it answers with an error.
    """

    def __init__(self, address: settings.ServerAddress) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._reader = hiredis.Reader()

    def command(self, *arguments: Argument) -> Reply:
        """Send one command; its reply."""
        return self.pipeline(arguments)[0]

    def pipeline(self, *commands: tuple[Argument, ...]) -> list[Reply]:
        """Send commands in one round trip; their replies in order, or the first error among them.

        A connection that was dropped while the environment lay frozen is made anew, once: every command the shop sends
        may arrive twice without harm.
        """
        packed = b"".join(map(_packed, commands))
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
        """Drop the connection; the next use makes a new one."""
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
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
                connection = tls.context(address.tls).wrap_socket(connection, server_hostname=address.host)
            connection.settimeout(max(_IAM_SECONDS, _COMMAND_SECONDS) if address.iam else _COMMAND_SECONDS)
            for command in self._greeting():
                connection.sendall(_packed(command))
                _raise_first_error([self._receive(connection)], iam=address.iam)
            connection.settimeout(_COMMAND_SECONDS)
        except BaseException:
            connection.close()
            raise
        return connection

    def _greeting(self) -> list[tuple[Argument, ...]]:
        address, commands = self._address, list[tuple[Argument, ...]]()
        if password := sign_in.redis_password(address):
            commands.append(("AUTH", address.user, password) if address.user else ("AUTH", password))
        if address.name not in ("", "0"):
            commands.append(("SELECT", address.name))
        return commands


def _raise_first_error(replies: Iterable[object], *, iam: bool) -> None:
    for reply in replies:
        if isinstance(reply, hiredis.ReplyError):
            raise _meaning_of(str(reply), iam=iam)
        if isinstance(reply, list):  # of a transaction or a script
            _raise_first_error(reply, iam=iam)


def _meaning_of(refusal: str, *, iam: bool) -> Exception:
    if refusal.startswith(_ASK_ANOTHER):
        return ConnectionError(refusal)
    word = refusal.partition(" ")[0]
    if refusal.startswith(_ASK_LATER):
        return Unavailable("redis", word)
    if word == "WRONGPASS" and iam:
        return Unavailable("redis", f"{word}, {_TOKEN_REFUSED}")
    if word in _SIGN_IN_REFUSED:
        return Unavailable("redis", f"{word}, {_SIGN_IN_REFUSED[word]}")
    return RedisError(refusal)


def _packed(command: tuple[Argument, ...]) -> bytes:
    return hiredis.pack_command(command)  # type: ignore[arg-type, no-any-return]  # its stub knows tuples of one element only


@functools.cache
def redis() -> Redis:
    """This execution environment's connection."""
    return Redis(settings.redis())
