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
from microshop.errors import QuotaExceeded, ReadOnly, Unauthenticated, Unavailable
from microshop.http.problems import problem_response
from microshop.http.request import Request
from microshop.http.response import Response, allowed_origin, to_proxy_response
from microshop.platform import observability, settings
from microshop.platform.observability import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.caller import Requirement
    from microshop.http.client_limits import ClientLimit
    from microshop.platform.lambda_context import Context
    from microshop.request_limits import LimitUse

type LambdaHandler = Callable[[dict[str, Any], Context], dict[str, Any]]


def endpoint(
    *,
    requires: Requirement | tuple[Requirement, ...] | None = None,
    fresh_second_factor: bool = False,
    while_read_only: bool = False,
    reads_query: bool = False,
    takes_key: bool = False,
    per_client: ClientLimit | None = None,
) -> Callable[[Callable[[Request], Response]], LambdaHandler]:
    """Serve requests with the decorated function.

    - `requires` is what the caller needs: a scope, CUSTOMER or STAFF (caller.py), or one of several. None makes the
      endpoint public.
    - `fresh_second_factor` requires that an account with a second factor has used it in the last five minutes.
    - `while_read_only` allows writes while the shop is read-only; they are refused otherwise.
    - `reads_query` allows query parameters. Otherwise they are refused, but public endpoints ignore unknown ones.
    - `takes_key` allows an Idempotency-Key; it is refused otherwise.
    - `per_client` is the limit that counts the requests of each client (http/client_limits.py).
    """

    requirements = requires if isinstance(requires, tuple) else () if requires is None else (requires,)

    def decorate(serve: Callable[[Request], Response]) -> LambdaHandler:
        @functools.wraps(serve)
        def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
            started = time.perf_counter()
            request = Request(event, is_public=not requirements, reads_query=reads_query, takes_key=takes_key)
            response = _respond(
                serve,
                request,
                requirements,
                fresh_second_factor=fresh_second_factor,
                while_read_only=while_read_only,
                per_client=per_client,
            )
            if request.limit_use:
                response = replace(response, headers={**response.headers, **request.limit_use.headers})
            _record(request, response, time.perf_counter() - started, context)
            origin = allowed_origin(settings.text("CORS_ORIGIN", "*"), request.header("origin"))
            return to_proxy_response(response, request.id, origin)

        return handler

    return decorate


def _respond(
    serve: Callable[[Request], Response],
    request: Request,
    requirements: tuple[Requirement, ...],
    *,
    fresh_second_factor: bool,
    while_read_only: bool,
    per_client: ClientLimit | None,
) -> Response:
    try:
        if per_client:
            from microshop.http.client_limits import count_client  # noqa: PLC0415 - few endpoints count clients

            _refuse_beyond(count_client(per_client, request), request)
        if requirements:
            _authorize(request, requirements, fresh_second_factor=fresh_second_factor)
        request.refuse_undeclared()
        if request.is_write and not while_read_only:
            _require_writable(request, requirements)
        return serve(request)
    except ReadOnly as error:  # a deliberate refusal: the error-rate alarm subtracts these
        observability.count("changes_refused_total")
        return replace(problem_response(error, request.id), log={"refused": "read-only"})
    except QuotaExceeded as error:
        observability.count("requests_refused_total", limit=error.limit)
        return replace(problem_response(error, request.id), log={"refused": error.limit})
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


def _authorize(request: Request, requirements: tuple[Requirement, ...], *, fresh_second_factor: bool) -> None:
    if request.caller is None:
        raise Unauthenticated
    _refuse_beyond(request.caller.limit_use, request)
    request.caller.require_any(*requirements)
    if fresh_second_factor:
        request.caller.require_fresh_second_factor(time.time())


def _refuse_beyond(use: LimitUse | None, request: Request) -> None:
    request.limit_use = use
    if use and use.exceeded:
        raise QuotaExceeded(use.exceeded, use.retry_after_seconds)


def _require_writable(request: Request, requirements: tuple[Requirement, ...]) -> None:
    # The authorizer reads the switch with the session. Public endpoints have no session and query Redis themselves.
    caller = request.caller if requirements else None
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
        **({"key_id": request.caller.key_id} if request.caller and request.caller.key_id else {}),
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
