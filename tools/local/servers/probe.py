"""The health check of a local HTTP server."""

import http.client

from tools.local.servers.ports_and_passwords import LOOPBACK

_SECONDS = 5


def is_healthy(port: int, path: str) -> bool:
    """Whether the server on a loopback port responds with 200 to a GET request."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
