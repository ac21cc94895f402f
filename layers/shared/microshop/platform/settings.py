"""What the environment says, read when asked for and never at import."""

import os
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit


class MissingSetting(RuntimeError):
    """An environment variable that the function cannot do without."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The environment variable {name} is not set; template.yaml gives it to every function that needs it."
        )


class InvalidServerUrl(RuntimeError):
    """A server's URL that cannot be read. It is not quoted: it holds a password."""

    def __init__(self) -> None:
        super().__init__("A server's URL has no readable port; a password in it must be percent-encoded.")


@dataclass(frozen=True)
class ServerAddress:
    """Where a server listens and who logs in; `tls` demands a verified certificate."""

    host: str
    port: int
    user: str | None
    password: str | None
    name: str
    tls: bool


def text(name: str, default: str | None = None) -> str:
    """The variable `name`, or `default`.

    Raises:
        MissingSetting: neither is there.
    """
    value = os.environ.get(name, default)
    if value is None:
        raise MissingSetting(name)
    return value


def integer(name: str, default: int) -> int:
    """The variable `name` as a whole number."""
    return int(text(name, str(default)))


def seconds(name: str, default: int) -> int:
    """The variable `name` as whole seconds."""
    return int(text(name, str(default)))


def switched_on(name: str) -> bool:
    """Whether the variable `name` says "on"."""
    return text(name, "off") == "on"


def database() -> ServerAddress:
    """DATABASE_URL: `mysql://user:password@host:port/name[?tls=verify]`."""
    return server_address(text("DATABASE_URL"), default_port=3306, tls_scheme="mysqls")


def redis() -> ServerAddress:
    """REDIS_URL: `redis[s]://user:password@host:port/0`."""
    return server_address(text("REDIS_URL"), default_port=6379, tls_scheme="rediss")


def server_address(url: str, *, default_port: int, tls_scheme: str) -> ServerAddress:
    """Take a server's URL apart.

    Raises:
        InvalidServerUrl: its port is not a number.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or default_port
    except ValueError:
        # The error quotes what it takes for the port: of a password with a slash in it, the half before.
        raise InvalidServerUrl from None
    return ServerAddress(
        host=parts.hostname or "127.0.0.1",
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        name=parts.path.lstrip("/"),
        tls=parts.scheme == tls_scheme or parse_qs(parts.query).get("tls") == ["verify"],
    )
