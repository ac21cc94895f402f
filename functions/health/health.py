"""GET /api/v1/health: whether the database and Redis answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.http import Request, Response, endpoint, ok
from microshop.http.response import to_json
from microshop.platform.mysql import database
from microshop.platform.redis import RedisError, redis

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.http.view import Healthy, Unhealthy

_HEALTHY: Healthy = {"status": "ok", "database": "ok", "redis": "ok"}


@endpoint()
def handler(_request: Request) -> Response:
    checks = {
        "database": _answers(lambda: database().row("SELECT 1 AS one")),
        "redis": _answers(lambda: redis().command("PING")),
    }
    down = [name for name, answers in checks.items() if not answers]
    if not down:
        return ok(_HEALTHY)
    view: Unhealthy = {
        "status": "unavailable",
        "database": "ok" if checks["database"] else "unavailable",
        "redis": "ok" if checks["redis"] else "unavailable",
    }
    return Response(503, to_json(view), {"Retry-After": "1"}, log={"down": down}, degraded=down[0])


def _answers(ping: Callable[[], object]) -> bool:
    try:
        ping()
    except (Unavailable, RedisError):
        return False
    return True
