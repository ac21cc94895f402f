"""A MySQL server that authenticates as Amazon RDS does with tokens: as clear text, protected only by TLS."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

# Capability flags: long password, with database, protocol 4.1, secure connection, authentication plugins.
_CAPABILITIES = 0x0000_0001 | 0x0000_0008 | 0x0000_0200 | 0x0000_8000 | 0x0008_0000 | 0x0020_0000
_TLS = 0x0000_0800
_OK = b"\x00\x00\x00\x02\x00\x00\x00"
_DENIED = b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied for user 'microshop_app'@'10.20.0.7'"
_PLUGIN = b"mysql_clear_password\x00"


@dataclass
class _Wire:
    """Packets over one connection. `in_clear` records the bytes before encryption."""

    connection: socket.socket
    in_clear: bytearray
    number: int = 0
    encrypted: bool = False

    def send(self, payload: bytes) -> None:
        self.connection.sendall(struct.pack("<I", len(payload))[:3] + bytes([self.number]) + payload)
        self.number = (self.number + 1) % 256

    def receive(self) -> bytes:
        header = self._exactly(4)
        self.number = (header[3] + 1) % 256
        return self._exactly(int.from_bytes(header[:3], "little"))

    def encrypt(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.encrypted = True

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                raise ConnectionError
            data += more
        if not self.encrypted:
            self.in_clear += data
        return data


@dataclass
class MysqlWithTokens:
    """Accepts the password `accepted`, and answers every statement with OK. Without a context it offers no TLS.

    `passwords` are those that it received, `in_clear` all bytes before TLS.
    """

    context: ssl.SSLContext | None
    accepted: str = ""
    passwords: list[str] = field(default_factory=list)
    in_clear: bytearray = field(default_factory=bytearray)
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    @property
    def port(self) -> int:
        """The port on localhost."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """Close every connection."""
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        for connection in _accepted(self._listener):
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        wire = _Wire(connection, self.in_clear)
        with contextlib.suppress(OSError):
            if self._authenticate(wire):
                while wire.receive():
                    wire.send(_OK)
        wire.connection.close()
        connection.close()

    def _authenticate(self, wire: _Wire) -> bool:
        wire.send(_greeting(with_tls=self.context is not None))
        (flags,) = struct.unpack("<I", wire.receive()[:4])
        if self.context is not None and flags & _TLS:
            wire.encrypt(self.context)
            wire.receive()
        self._open.append(wire.connection)
        wire.send(b"\xfe" + _PLUGIN)
        self.passwords.append(wire.receive().rstrip(b"\x00").decode())
        accepted = self.passwords[-1] == self.accepted
        wire.send(_OK if accepted else _DENIED)
        return accepted


def _greeting(*, with_tls: bool) -> bytes:
    flags = _CAPABILITIES | (_TLS if with_tls else 0)
    salt = b"0123456789abcdefghij"
    return (
        b"\x0a8.4.7\x00"
        + struct.pack("<I", 7)
        + salt[:8]
        + b"\x00"
        + struct.pack("<HBHHB", flags & 0xFFFF, 255, 2, flags >> 16, 21)
        + bytes(10)
        + salt[8:]
        + b"\x00mysql_native_password\x00"
    )


def _accepted(listener: socket.socket) -> Iterator[socket.socket]:
    with contextlib.suppress(OSError):
        while True:
            yield listener.accept()[0]
