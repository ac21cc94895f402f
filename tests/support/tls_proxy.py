"""A proxy that adds TLS to a server without it."""

import contextlib
import select
import socket
import ssl
import threading
from types import TracebackType
from typing import Self


class TlsProxy:
    """Accepts TLS connections on a port of localhost, and forwards them decrypted to another port."""

    def __init__(self, context: ssl.SSLContext, target_port: int) -> None:
        self._context = context
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """The port for clients."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(client):
            encrypted = self._context.wrap_socket(client, server_side=True)
            with encrypted, socket.create_connection(("127.0.0.1", self._target_port)) as server:
                while _forward(encrypted, server):
                    pass


def _forward(client: ssl.SSLSocket, server: socket.socket) -> bool:
    """Forward data of either side. Returns False after one has closed. One thread, because both share the TLS state."""
    readable = [client] if client.pending() else select.select([client, server], [], [])[0]
    for source in readable:
        data = source.recv(65536)
        (server if source is client else client).sendall(data)
        if not data:
            return False
    return True
