"""What a server is told at sign-in: the password of its URL, or an IAM token that is made for that one connection.

A token is a presigned request that is never sent: its text is the password, and the server has IAM check it. It is good
for fifteen minutes and asked for when a connection is made; what is connected stays so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.platform import settings
from microshop.platform.sigv4 import presigned_query

if TYPE_CHECKING:
    from microshop.platform.settings import ServerAddress

# What both services allow at most.
_SECONDS = 900


def database_password(address: ServerAddress) -> str:
    """For a new connection to the database: the URL's password, or "IAM database authentication" of Amazon RDS.

    Raises:
        MissingSetting: the environment has no credentials or no region.
    """
    if not address.iam:
        return address.password or ""
    return _token("rds-db", f"{address.host}:{address.port}", {"Action": "connect", "DBUser": address.user or ""})


def redis_password(address: ServerAddress) -> str:
    """For a new connection to Redis: the URL's password, or "Authenticating with IAM" of Amazon ElastiCache.

    Raises:
        MissingSetting: the environment has no credentials or no region.
    """
    if not address.iam:
        return address.password or ""
    return _token("elasticache", address.cache, {"Action": "connect", "User": address.user or ""})


def _token(service: str, host: str, query: dict[str, str]) -> str:
    signed = presigned_query(
        settings.credentials(),
        region=settings.text("AWS_REGION"),
        service=service,
        host=host,
        query=query,
        seconds=_SECONDS,
        at=_now(),
    )
    return f"{host}/?{signed}"


def _now() -> datetime:
    return datetime.now(UTC)
