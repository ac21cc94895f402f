"""The decorator that makes a Lambda handler of a function from Request to Response.

It checks the caller, turns errors into problems, adds the headers that every answer has, writes the request's one log
line and counts it. Nothing of that repeats in a handler.
"""

import dataclasses
import functools
import time
from collections.abc import Callable
from typing import Any

from microshop import read_only
from microshop.caller import Role
from microshop.errors import Forbidden, ReadOnly, Unauthenticated, Unavailable
from microshop.http.problems import problem_response
from microshop.http.request import Request
from microshop.http.response import Response, to_proxy_response
from microshop.platform import observability, settings
from microshop.platform.observability import MetricUnit

type LambdaHandler = Callable[[dict[str, Any], Any], dict[str, Any]]


def endpoint(
    *, requires: Role | None = None, while_read_only: bool = False
) -> Callable[[Callable[[Request], Response]], LambdaHandler]:
    """Serve requests with the decorated function.

    `requires` is the role a caller needs, None lets anyone in. What changes something is refused while the shop is
    read-only, unless it says that it goes on then.
    """

    def decorate(serve: Callable[[Request], Response]) -> LambdaHandler:
        @functools.wraps(serve)
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            started = time.perf_counter()
            request = Request(event)
            response = _answer(serve, request, requires, while_read_only=while_read_only)
            _record(request, response, time.perf_counter() - started, context)
            return to_proxy_response(response, request.id, settings.text("CORS_ORIGIN", "*"))

        return handler

    return decorate


def _answer(
    serve: Callable[[Request], Response], request: Request, requires: Role | None, *, while_read_only: bool
) -> Response:
    try:
        _admit(request, requires)
        if request.changes_something and not while_read_only:
            _demand_changes(request, requires)
        return serve(request)
    except ReadOnly as error:  # wanted so: nothing has failed, and the alarm on failures takes these off
        observability.count("changes_refused_total")
        return dataclasses.replace(problem_response(error, request.id), log={"refused": "read-only"})
    except Exception as error:  # noqa: BLE001 - the frame is where every error ends
        response = problem_response(error, request.id)
        if response.status < 500:
            return response
        about = {"request_id": request.id, "route": request.route}
        if isinstance(error, Unavailable):  # where it was noticed tells nothing about why
            observability.log().error("request failed", **about, reason=str(error))
            return dataclasses.replace(response, degraded=error.dependency)
        observability.log().exception("request failed", **about)
        return dataclasses.replace(response, degraded="internal")


def _admit(request: Request, requires: Role | None) -> None:
    if requires is None:
        return
    if request.caller is None:
        raise Unauthenticated
    if not request.caller.has_role(requires):
        raise Forbidden


def _demand_changes(request: Request, requires: Role | None) -> None:
    # The authorizer has read the switch with the session. Where there is none, it costs a question of its own.
    caller = request.caller if requires is not None else None
    reason = caller.read_only if caller else read_only.current_reason()
    if reason:
        raise ReadOnly(reason)


def _record(request: Request, response: Response, duration_seconds: float, context: Any) -> None:
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
    if settings.switched_on("ENDPOINT_METRICS"):
        observability.emit(metrics, method=request.method, endpoint=request.route, status=str(response.status))
    if response.degraded:
        observability.count("system_errors_total", type=response.degraded)
