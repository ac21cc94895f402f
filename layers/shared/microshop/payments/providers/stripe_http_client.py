"""Sends the requests of Stripe's library through `http.client`, on kept connections with verified TLS.

The library's default is requests, whose import costs 3.8 times a bare start of Python. Its client on urllib has no
timeouts and makes a connection for each request.
"""

import functools
import http.client
import select
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import stripe

# A NAT gateway forgets a connection after 350 s without traffic. A frozen environment does not notice, and a request on
# that connection would have an unknown outcome.
_MAX_IDLE_SECONDS = 60


class KeptConnectionClient(stripe.HTTPClient):
    """Sends each request once. All of them go to one host.

    `read_seconds` limits the wait for each part of a response, not for all of it.
    """

    name = "http.client"

    def __init__(self, connect_seconds: float, read_seconds: float) -> None:
        super().__init__()
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle: list[tuple[http.client.HTTPConnection, float]] = []  # with the time of the last response

    def request(
        self, method: str, url: str, headers: Any, post_data: str | None = None, **_options: object
    ) -> tuple[str, int, Any]:
        """Returns body, status and headers. The names of the headers ignore case.

        Raises:
            stripe.APIConnectionError: no connection, or no complete response in time.
        """
        address = urlsplit(url)
        connection = self._take_idle() or _connection(address.scheme, address.netloc, self._connect_seconds)
        try:
            if connection.sock is None:
                connection.connect()
                connection.sock.settimeout(self._read_seconds)  # type: ignore[attr-defined]
            connection.request(method.upper(), address._replace(scheme="", netloc="").geturl(), post_data, headers)
            response = connection.getresponse()
            body = response.read().decode()
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            # Another ValueError quotes the key if that is no valid header, so its text does not go on.
            reason = f": {error}" if isinstance(error, OSError | http.client.HTTPException) else ""
            raise stripe.APIConnectionError(f"{type(error).__name__}{reason}") from None  # type: ignore[no-untyped-call]
        self._idle.append((connection, time.time()))
        return body, response.status, response.headers

    def close(self) -> None:
        """Close the connections. The next request opens another one."""
        while self._idle:
            self._idle.pop()[0].close()

    def __del__(self) -> None:
        self.close()

    def _take_idle(self) -> http.client.HTTPConnection | None:
        while self._idle:
            connection, used_at = self._idle.pop()
            # The wall clock, because a monotonic one may stop while an environment is frozen.
            if time.time() - used_at < _MAX_IDLE_SECONDS and connection.sock and not _is_readable(connection.sock):
                return connection
            connection.close()
        return None


def _connection(scheme: str, netloc: str, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=seconds, context=_tls_context())
    return http.client.HTTPConnection(netloc, timeout=seconds)


@functools.cache
def _tls_context() -> ssl.SSLContext:
    # The library has a dozen roots. To load them costs a tenth of loading the system's.
    return ssl.create_default_context(cafile=stripe.ca_bundle_path)


def _is_readable(connection: Any) -> bool:
    """Whether the server sent something between two requests. It only does so to close the connection."""
    return bool(select.select([connection], [], [], 0)[0])
