"""Asks a server that speaks HTTP whether it is up."""

import http.client

from tools.local.servers.ports_and_passwords import LOOPBACK

_SECONDS = 5


def answers(port: int, path: str) -> bool:
    """Whether the server on a loopback port says 200 to a GET."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
