"""Environment variables, read on demand and never at import."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import tzinfo


class MissingSetting(RuntimeError):
    """A required environment variable is missing."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The environment variable {name} is not set; template.yaml sets it for every function that needs it."
        )


class InvalidServerUrl(RuntimeError):
    """A server's URL is invalid. The message quotes no part of it: any part may be a password."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"A server's URL {problem}.")
        self.problem = problem


class UnknownTimeZone(RuntimeError):
    """The shop's time zone does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"ShopTimeZone={name} is not in the IANA time zone database: choose a zone such as Europe/Berlin, "
            "America/New_York, Asia/Kolkata or UTC."
        )


class Roots(StrEnum):
    """The root certificates that a server's certificate must chain to: `tls=` in its URL."""

    DEFAULT = "verify"
    """The system's roots, or those in SSL_CERT_FILE."""
    RDS = "rds"
    """Amazon RDS's roots of the function's region."""
    AMAZON = "amazon"
    """Amazon Trust Services' roots, for ElastiCache and RDS Proxy."""


class ServerAddress(Value, hidden={"password"}):
    """A server's address and the user that signs in.

    With `tls` the certificate is verified; None means an unencrypted connection. With `iam` the password is a token per
    connection, and `cache` is the id of the ElastiCache cache.

    Raises:
        InvalidServerUrl: IAM without TLS, without a user, or with a password.
    """

    host: str
    port: int
    user: str | None
    password: str | None
    name: str
    tls: Roots | None
    iam: bool = False
    cache: str = ""

    def __post_init__(self) -> None:
        if not self.iam:
            return
        if not self.tls:
            raise InvalidServerUrl("has auth=iam without TLS: add tls=rds, tls=amazon or tls=verify")
        if not self.user or self.password is not None:
            raise InvalidServerUrl("has auth=iam, so it must have a user and no password")


class Credentials(Value, hidden={"secret_access_key", "session_token"}):
    """An AWS access key. A function's access key has a session token too."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


def text(name: str, default: str | None = None) -> str:
    """Returns the variable `name`, or `default`.

    Raises:
        MissingSetting: the variable is not set and there is no default.
    """
    value = os.environ.get(name, default)
    if value is None:
        raise MissingSetting(name)
    return value


def integer(name: str, default: int) -> int:
    """Returns the variable `name` as a whole number."""
    return int(text(name, str(default)))


def is_on(name: str) -> bool:
    """Returns whether the variable `name` is "on"."""
    return text(name, "off") == "on"


def credentials() -> Credentials:
    """Returns the access key of the function's role. Lambda renews it in the environment, so it must not be cached.

    Raises:
        MissingSetting: the environment has none.
    """
    return Credentials(text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY"), text("AWS_SESSION_TOKEN", "") or None)


def database() -> ServerAddress:
    """DATABASE_URL: `mysql://user[:password]@host:port/name[?tls=verify|rds|amazon][&auth=iam]`."""
    return database_address(text("DATABASE_URL"))


def redis() -> ServerAddress:
    """REDIS_URL: `redis[s]://user[:password]@host:port/0[?tls=verify|amazon][&auth=iam&cache=<id of the cache>]`.

    Raises:
        InvalidServerUrl: the URL is invalid, or has auth=iam without cache.
    """
    address = redis_address(text("REDIS_URL"))
    if address.iam and not address.cache:
        raise InvalidServerUrl("has auth=iam, so it must have cache=, the id of the ElastiCache cache")
    return address


def database_address(url: str) -> ServerAddress:
    """Parse a database's URL. The scheme `mysqls` means `tls=verify` unless the URL has another `tls`.

    Raises:
        InvalidServerUrl: another scheme, no host, a port that is not a number, or an unknown parameter.
    """
    return _server_address(url, default_port=3306, scheme="mysql")


def redis_address(url: str) -> ServerAddress:
    """Parse a Redis URL. The scheme `rediss` means `tls=verify` unless the URL has another `tls`.

    Raises:
        InvalidServerUrl: another scheme, no host, a port that is not a number, or an unknown parameter.
    """
    return _server_address(url, default_port=6379, scheme="redis")


def outbox_retention_days() -> int:
    """Returns how many days the outbox keeps published events."""
    return integer("OUTBOX_RETENTION_DAYS", 7)


def inbox_retention_days() -> int:
    """Returns how many days inboxes keep handled events.

    An event may be delivered again for 28 days: its queue keeps it for 14, and for 14 more if it is sent back from the
    dead-letter queue.
    """
    return integer("INBOX_RETENTION_DAYS", 35)


def shop_time_zone() -> tzinfo:
    """SHOP_TIME_ZONE: the time zone of the shop's days, by its IANA name.

    Raises:
        UnknownTimeZone: no zone has that name.
    """
    name = text("SHOP_TIME_ZONE", "UTC")
    if name == "UTC":
        from datetime import UTC  # noqa: PLC0415 - most functions read settings but no zone

        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - a shop in UTC does not load it

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a relative path; a folder of zones, such as Europe
        raise UnknownTimeZone(name) from None


def _server_address(url: str, *, default_port: int, scheme: str) -> ServerAddress:
    from urllib.parse import parse_qsl, unquote, urlsplit  # noqa: PLC0415 - loaded by the first connection

    if not url.startswith((f"{scheme}://", f"{scheme}s://")):
        raise InvalidServerUrl(f"must begin with {scheme}:// or {scheme}s://")
    try:
        parts = urlsplit(url)
        port = parts.port or default_port
    except ValueError:
        # The error quotes the port, which is a part of the password if that contains a slash.
        raise InvalidServerUrl("has an invalid port; a password in it must be percent-encoded") from None
    if parts.fragment or "@" in parts.path:
        raise InvalidServerUrl("has a # or / in its password, which must be percent-encoded")
    if not parts.hostname:
        raise InvalidServerUrl("has no host")
    parameters = _parameters(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == f"{scheme}s":
        parameters.setdefault("tls", Roots.DEFAULT)
    return ServerAddress(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        name=parts.path.lstrip("/"),
        tls=Roots(parameters["tls"]) if "tls" in parameters else None,
        iam="auth" in parameters,
        cache=parameters.get("cache", ""),
    )


def _parameters(pairs: list[tuple[str, str]]) -> dict[str, str]:
    # A misspelt `tls` must not result in an unencrypted connection.
    parameters = dict(pairs)
    known = {("tls", roots) for roots in Roots} | {("auth", "iam"), ("cache", parameters.get("cache") or "-")}
    if len(parameters) < len(pairs) or not known.issuperset(pairs):
        raise InvalidServerUrl("may only have tls=verify, tls=rds or tls=amazon, auth=iam and cache=<id>")
    return parameters
