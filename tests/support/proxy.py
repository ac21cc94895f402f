"""A TCP proxy that counts round trips and connections, and fails on demand."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Forwards to the server of a URL. `url` is that URL through the proxy.

    A round trip starts when the client sends first, or after an answer of the server.
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
        """The URL for clients."""
        host, port = self._listener.getsockname()
        login, at, _ = self._target.netloc.rpartition("@")
        return self._target._replace(netloc=f"{login}{at}{host}:{port}").geturl()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut_down()

    def shut_down(self) -> None:
        """Close every connection and refuse new ones, permanently."""
        # shutdown, because close alone does not wake the thread that waits in accept
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Close every connection, and accept new ones."""
        while self._pairs:
            for end in self._pairs.pop():
                _close(end)

    def stop_answering(self) -> None:
        """Accept connections and requests, but answer nothing."""
        self._silent.set()

    def resume(self) -> None:
        """Forward again. Earlier requests and connections are lost."""
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

    def _forward(self, source: socket.socket, sink: socket.socket, answered: threading.Event, is_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self._silent.is_set():
                    continue
                if is_client and answered.is_set():
                    self.round_trips += 1
                    answered.clear()
                if not is_client:
                    answered.set()
                sink.sendall(data)
        _close(source)
        _close(sink)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
