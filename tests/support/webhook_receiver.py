"""A server that receives webhooks with their signatures, and answers with the statuses of a test."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import stripe

from tests.support.local_stack import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Received:
    """One received request."""

    payload: bytes
    signature: str

    def event(self, secret: str) -> Any:
        """Verify the signature with Stripe's client. Returns the event."""
        return stripe.Webhook.construct_event(self.payload, self.signature, secret)


class WebhookReceiver:
    """A context manager that runs the server. `statuses` are its first answers; all others are 200."""

    def __init__(self, statuses: Sequence[int] = ()) -> None:
        self.received: list[Received] = []
        self._statuses = list(statuses)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                payload = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(payload, self.headers["Stripe-Signature"]))
                self.send_response(receiver._statuses.pop(0) if receiver._statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The URL for webhooks."""
        return f"http://127.0.0.1:{self._server.server_port}/webhook"

    def wait_for(self, count: int) -> list[Received]:
        """Wait for this number of requests. Returns them."""
        eventually(lambda: len(self.received) >= count)
        return self.received[:count]
