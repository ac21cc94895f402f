"""A TCP proxy process that delays every request of a client, as a network does: one delay for each round trip.

Answers are forwarded at once: where in a round trip the time passes makes no difference to the server's locks. Between
two events the process sleeps in select(), whose timeouts are exact to about 0.1 ms; epoll's have only milliseconds.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import select
import signal
import socket
import time
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess


@contextlib.contextmanager
def delaying_proxy(url: str, delay_seconds: float) -> Iterator[tuple[str, BaseProcess]]:
    """Run a proxy to the server of `url` within the `with` block. Yields the URL through the proxy, and its process."""
    target = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        process = multiprocessing.get_context("fork").Process(
            target=_forward, args=(listener, (str(target.hostname), int(target.port or 3306)), delay_seconds)
        )
        process.start()
        login, port = target.netloc.rpartition("@")[0], listener.getsockname()[1]
        try:
            yield target._replace(netloc=f"{login}@127.0.0.1:{port}").geturl(), process
        finally:
            process.terminate()
            process.join()


def _forward(listener: socket.socket, target: tuple[str, int], delay_seconds: float) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the parent, which ends this process
    peers: dict[socket.socket, socket.socket] = {}
    clients: set[socket.socket] = set()
    waiting: deque[tuple[float, socket.socket, bytes]] = deque()  # the delay is constant, so the first is due first
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for ready in select.select([listener, *peers], (), (), timeout)[0]:
            if ready is listener:
                client, server = listener.accept()[0], socket.create_connection(target)
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                peers |= {client: server, server: client}
                clients.add(client)
            elif ready not in peers:
                continue  # closed with its peer in this turn
            elif not (data := _received(ready)):
                for end in (ready, peers.pop(peers.pop(ready))):
                    clients.discard(end)
                    end.close()
            elif ready in clients:
                waiting.append((time.monotonic() + delay_seconds, peers[ready], data))
            else:
                peers[ready].sendall(data)
        while waiting and waiting[0][0] <= time.monotonic():
            _, server, data = waiting.popleft()
            with contextlib.suppress(OSError):  # the connection was closed meanwhile
                server.sendall(data)


def _received(end: socket.socket) -> bytes:
    with contextlib.suppress(OSError):
        return end.recv(65536)
    return b""
