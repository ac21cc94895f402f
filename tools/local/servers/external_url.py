"""Checks that apply to every external server: its URL and its connection."""

import socket
import ssl
from collections.abc import Callable

from microshop.platform.settings import InvalidServerUrl, Roots, ServerAddress
from tools.local.servers.problems import ServerProblem


def parse(variable: str, url: str, parser: Callable[[str], ServerAddress], form: str) -> ServerAddress:
    """Parse a URL as the functions do. `form` is the expected form, for the message.

    Raises:
        ServerProblem: the URL is invalid or works on AWS only.
    """
    try:
        address = parser(url)
    except InvalidServerUrl as error:
        raise ServerProblem(f"{variable} {error.problem}: write it as {form}.") from None
    if address.iam:
        raise ServerProblem(f"{variable} has auth=iam, which works on AWS only: write it as {form}.")
    if address.tls not in (None, Roots.DEFAULT):
        raise ServerProblem(f"{variable} has tls={address.tls}, which works on AWS only: write tls=verify.")
    return address


def at(address: ServerAddress) -> str:
    """Returns host:port, for a message."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def unreachable(variable: str, address: ServerAddress, cause: BaseException | None) -> ServerProblem | None:
    """Returns the problem if the cause is a failed connection; otherwise None."""
    where = at(address)
    match cause:
        case socket.gaierror() | UnicodeError():
            what = f"the host {address.host} is unknown: correct its name"
        case ConnectionRefusedError():
            what = f"no server listens at {where}: start the server, or correct host and port"
        case TimeoutError():
            what = f"{where} does not respond: check host, port, firewall and VPN"
        case ssl.SSLCertVerificationError():
            what = (
                f"the certificate of {where} is not trusted ({cause.verify_message}): set SSL_CERT_FILE to a file that"
                " contains its certificate authority, and write the host as in the certificate"
            )
        case ssl.SSLError():
            what = f"{where} does not accept TLS: write the URL without TLS, or correct the port"
        case OSError() if cause.strerror:
            what = f"{where} cannot be reached ({cause.strerror}): check host and port"
        case _:
            return None
    return ServerProblem(f"{variable}: {what}.")
