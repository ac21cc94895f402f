"""GET /api/v1/health: whether the shop, its database and its Redis answer."""

from collections.abc import Callable

from microshop.errors import Unavailable
from microshop.http import Request, Response, endpoint
from microshop.http.response import to_json
from microshop.platform.mysql import database
from microshop.platform.redis import redis


@endpoint()
def handler(_request: Request) -> Response:
    checks = {
        "database": _answers(lambda: database().row("SELECT 1 AS one")),
        "redis": _answers(lambda: redis().command("PING")),
    }
    healthy = all(checks.values())
    view = {
        "status": "ok" if healthy else "unavailable",
        **{name: "ok" if up else "unavailable" for name, up in checks.items()},
    }
    return Response(200 if healthy else 503, to_json(view), {} if healthy else {"Retry-After": "1"})


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Unavailable:
        return False
    return True
