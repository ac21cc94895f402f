"""The decorator `endpoint`, which turns a function from Request to Response into a Lambda handler.

It checks the caller, maps errors to problem details, adds the common headers, writes one log line per request and emits
the metrics.
"""

from __future__ import annotations

import functools
import time
from copy import replace
from typing import TYPE_CHECKING, Any

from microshop import read_only
from microshop.errors import Forbidden, ReadOnly, Unauthenticated, Unavailable
from microshop.http.problems import problem_response
from microshop.http.request import Request
from microshop.http.response import Response, allowed_origin, to_proxy_response
from microshop.platform import observability, settings
from microshop.platform.observability import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.caller import Role
    from microshop.platform.lambda_context import Context

type LambdaHandler = Callable[[dict[str, Any], Context], dict[str, Any]]


def endpoint(
    *,
    requires: Role | None = None,
    while_read_only: bool = False,
    reads_query: bool = False,
    takes_key: bool = False,
) -> Callable[[Callable[[Request], Response]], LambdaHandler]:
    """Serve requests with the decorated function.

    - `requires` is the role that the caller needs; None makes the endpoint public.
    - `while_read_only` allows writes while the shop is read-only; they are refused otherwise.
    - `reads_query` allows query parameters. Otherwise they are refused, but public endpoints ignore unknown ones.
    - `takes_key` allows an Idempotency-Key; it is refused otherwise.
    """

    def decorate(serve: Callable[[Request], Response]) -> LambdaHandler:
        @functools.wraps(serve)
        def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
            started = time.perf_counter()
            request = Request(event, is_public=requires is None, reads_query=reads_query, takes_key=takes_key)
            response = _respond(serve, request, requires, while_read_only=while_read_only)
            _record(request, response, time.perf_counter() - started, context)
            origin = allowed_origin(settings.text("CORS_ORIGIN", "*"), request.header("origin"))
            return to_proxy_response(response, request.id, origin)

        return handler

    return decorate


def _respond(
    serve: Callable[[Request], Response], request: Request, requires: Role | None, *, while_read_only: bool
) -> Response:
    try:
        _authorize(request, requires)
        request.refuse_undeclared()
        if request.is_write and not while_read_only:
            _require_writable(request, requires)
        return serve(request)
    except ReadOnly as error:  # a deliberate refusal: the error-rate alarm subtracts these
        observability.count("changes_refused_total")
        return replace(problem_response(error, request.id), log={"refused": "read-only"})
    except Exception as error:  # noqa: BLE001 - every error becomes a response here
        response = problem_response(error, request.id)
        if response.status < 500:
            return response
        fields = {"request_id": request.id, "route": request.route}
        if isinstance(error, Unavailable):  # a traceback adds nothing: the cause is outside this process
            observability.log().error("request failed", **fields, reason=str(error))
            return replace(response, degraded=error.dependency)
        observability.log().exception("request failed", **fields)
        return replace(response, degraded="internal")


def _authorize(request: Request, requires: Role | None) -> None:
    if requires is None:
        return
    if request.caller is None:
        raise Unauthenticated
    if not request.caller.has_role(requires):
        raise Forbidden


def _require_writable(request: Request, requires: Role | None) -> None:
    # The authorizer reads the switch with the session. Public endpoints have no session and query Redis themselves.
    caller = request.caller if requires is not None else None
    reason = caller.read_only if caller else read_only.current_reason()
    if reason:
        raise ReadOnly(reason)


def _record(request: Request, response: Response, duration_seconds: float, context: Context) -> None:
    fields = {
        "request_id": request.id,
        "invocation_id": context.aws_request_id,
        "function": context.function_name,
        "method": request.method,
        "route": request.route,
        "status": response.status,
        "duration_ms": round(duration_seconds * 1000, 2),
        **({"subject_id": request.subject_id} if request.subject_id else {}),
        **({"user_id": request.caller.user_id} if request.caller else {}),
        **response.log,
    }
    observability.log().info("request", **fields)
    metrics = {
        "http_requests_total": (1, MetricUnit.Count),
        "http_request_duration_seconds": (duration_seconds, MetricUnit.Seconds),
    }
    observability.emit(metrics, status=f"{response.status // 100}xx")
    if settings.is_on("ENDPOINT_METRICS"):
        observability.emit(metrics, method=request.method, endpoint=request.route, status=str(response.status))
    if response.degraded:
        observability.count("system_errors_total", type=response.degraded)
