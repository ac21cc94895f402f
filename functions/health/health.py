"""GET /api/v1/health: whether the shop, its database and its Redis answer."""

from collections.abc import Callable

from microshop.errors import Unavailable
from microshop.http import Request, Response, endpoint, ok
from microshop.http.response import to_json
from microshop.platform.mysql import database
from microshop.platform.redis import RedisError, redis


@endpoint()
def handler(_request: Request) -> Response:
    checks = {
        "database": _answers(lambda: database().row("SELECT 1 AS one")),
        "redis": _answers(lambda: redis().command("PING")),
    }
    view = {
        "status": "ok" if all(checks.values()) else "unavailable",
        **{name: "ok" if up else "unavailable" for name, up in checks.items()},
    }
    away = [name for name, up in checks.items() if not up]
    if not away:
        return ok(view)
    return Response(503, to_json(view), {"Retry-After": "1"}, log={"away": away}, degraded=away[0])


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (Unavailable, RedisError):
        return False
    return True
