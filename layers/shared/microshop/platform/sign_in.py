"""Credentials for database and Redis: the URL's password, or an IAM token for one connection.

A token is a presigned request that is never sent: its URL is the password, and the server asks IAM to verify it. It is
valid for fifteen minutes and only needed to connect; open connections stay open.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.platform import settings

if TYPE_CHECKING:
    from microshop.platform.settings import ServerAddress

# The maximum of both services.
_TOKEN_LIFETIME_SECONDS = 900


def database_password(address: ServerAddress) -> str:
    """Returns the password for a new database connection: the URL's, or a token (RDS: "IAM database authentication").

    Raises:
        MissingSetting: the environment has no credentials or no region.
    """
    if not address.iam:
        return address.password or ""
    return _token("rds-db", f"{address.host}:{address.port}", {"Action": "connect", "DBUser": address.user or ""})


def redis_password(address: ServerAddress) -> str:
    """Returns the password for a new Redis connection: the URL's, or a token (ElastiCache: "Authenticating with IAM").

    Raises:
        MissingSetting: the environment has no credentials or no region.
    """
    if not address.iam:
        return address.password or ""
    return _token("elasticache", address.cache, {"Action": "connect", "User": address.user or ""})


def _token(service: str, host: str, query: dict[str, str]) -> str:
    from microshop.platform.sigv4 import presigned_query  # noqa: PLC0415 - a server with a password loads no hashlib

    signed = presigned_query(
        settings.credentials(),
        region=settings.text("AWS_REGION"),
        service=service,
        host=host,
        query=query,
        seconds=_TOKEN_LIFETIME_SECONDS,
        at=_now(),
    )
    return f"{host}/?{signed}"


def _now() -> datetime:
    return datetime.now(UTC)
