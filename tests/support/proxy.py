"""A TCP proxy that counts round trips and connections and misbehaves on demand."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Forwards to the server of a URL; `url` is the same URL through the proxy.

    A round trip is a client that speaks after the server did, or first.
    """

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._silent = threading.Event()
        self.round_trips = 0
        self.connections = 0

    @property
    def url(self) -> str:
        """Where clients connect to."""
        host, port = self._listener.getsockname()
        login = self._target.netloc.rpartition("@")[0]
        return self._target._replace(netloc=f"{login}@{host}:{port}").geturl()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_away()

    def go_away(self) -> None:
        """Close every connection and refuse new ones, for good."""
        # shutdown, because close alone does not wake the thread that waits in accept
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Close every connection there is; new ones are served."""
        while self._pairs:
            for end in self._pairs.pop():
                _close(end)

    def fall_silent(self) -> None:
        """Accept connections and requests, and answer nothing from now on."""
        self._silent.set()

    def speak_again(self) -> None:
        """Forward again; what arrived meanwhile is lost, and so are its connections."""
        self.cut()
        self._silent.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((str(self._target.hostname), int(self._target.port or 0)))
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pairs.append((client, server))
                self.connections += 1
                answered = threading.Event()
                answered.set()
                threading.Thread(target=self._forward, args=(client, server, answered, True), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, answered, False), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, answered: threading.Event, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self._silent.is_set():
                    continue
                if asks and answered.is_set():
                    self.round_trips += 1
                    answered.clear()
                if not asks:
                    answered.set()
                sink.sendall(data)
        _close(source)
        _close(sink)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
