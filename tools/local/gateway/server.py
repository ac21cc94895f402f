"""The HTTP server of the REST APIs in the template.

The order is that of API Gateway: find the method, throttle, authorize, invoke. The stage is not part of the URL. All
APIs have one port; the path decides which of them serves a request, as the distribution does on AWS.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from tools.lambda_events.apigateway import (
    HttpRequest,
    Target,
    context_variables,
    extended_request_id,
    proxy_event,
)
from tools.local.gateway import gateway_responses as errors
from tools.local.gateway import proxy_response
from tools.local.gateway.authorization import Authorization
from tools.local.gateway.compression import compressed
from tools.local.gateway.routing import Router
from tools.local.gateway.throttling import Throttling
from tools.local.lambdas.environments import EventTooLarge, new_trace
from tools.local.lambdas.pool import Throttled
from tools.local.recent import masking
from tools.local.recent.records import RequestRecord
from tools.templates.model import BACK_OFFICE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from tools.local.lambdas.environments import Environments
    from tools.local.logs import Log
    from tools.local.recent.activity import Activity
    from tools.templates.model import RestApi, Route

_MAX_BODY = 10 * 1024 * 1024  # bytes; API Gateway's limit


class Gateway:
    """A REST API with its own authorizers and throttles."""

    def __init__(
        self, api: RestApi, environments: Environments, log: Log, activity: Activity, *, throttle: bool
    ) -> None:
        self._api = api
        self._environments = environments
        self._log = log
        self._activity = activity
        self._router = Router(api.routes)
        self._authorization = Authorization(api, environments)
        self._throttling = Throttling(api.throttles if throttle else {}, time.monotonic)

    async def handle(self, request: Request) -> Response:
        """Returns the response of the API or an error of the gateway."""
        started = time.monotonic()
        received = await _received(request)
        route: Route | None = None
        target: Target | None = None
        refusal: str | None = None
        try:
            if received.body is _TOO_LARGE:
                raise errors.request_too_large()
            found = self._router.find(received.method, received.path)
            if found is None:
                raise errors.not_found()
            route, parameters = found
            target = Target(route.path, parameters)
            rendered = await self._authorized_response(route, received, target)
        except errors.GatewayError as error:
            context = context_variables(self._api, received, target)
            rendered = errors.render(error, self._api.responses, context, dict(received.headers))
            refusal = error.kind
        function = route.function if route else None
        seen = RequestRecord(
            id=received.request_id,
            at=received.received_at,
            method=received.method,
            target=masking.masked_target(received.path, received.query),
            status=rendered.status,
            duration_ms=round((time.monotonic() - started) * 1000, 1),
            function=self._environments.function(function).logical_id if function else None,
            refusal=refusal,
            trace=received.trace,
        )
        self._activity.requests.add(seen)
        self._log.request(seen, rendered.body)
        return _response(rendered, received)

    async def _authorized_response(self, route: Route, request: HttpRequest, target: Target) -> errors.RenderedResponse:
        if not self._throttling.allows(request.method, route.path):
            raise errors.throttled()
        if route.mock is not None:
            headers = {"Content-Type": "application/json", **route.mock.headers}
            return errors.RenderedResponse(route.mock.status, list(headers.items()), route.mock.body.encode())
        if route.authorizer is not None:
            context = await self._authorization.context(route.authorizer, request, target)
            target = Target(target.resource, target.parameters, context)
        return await self._function_response(route, request, target)

    async def _function_response(self, route: Route, request: HttpRequest, target: Target) -> errors.RenderedResponse:
        event = json.dumps(proxy_event(self._api, request, target), ensure_ascii=False).encode()
        try:
            result = await asyncio.wait_for(
                self._environments.invoke(str(route.function), event, trace=request.trace), route.timeout
            )
        except TimeoutError:
            raise errors.integration_timeout() from None
        except Throttled:
            raise errors.integration_error(500) from None
        except EventTooLarge:
            raise errors.request_too_large() from None
        if result.is_error:
            raise errors.integration_error()
        rendered = proxy_response.render(result.payload, request.header("accept"), self._api.binary_media_types)
        return compressed(rendered, _listed(request, "accept-encoding"), self._api.minimum_compression_size)


def served(gateways: list[Gateway], other_routes: list[BaseRoute]) -> Starlette:
    """Returns the ASGI application with the APIs, that of the root template first, and other routes."""
    server = Starlette(routes=other_routes)
    # A route of `{path:path}` would not match a path with a line break.
    server.router.default = _Endpoint(gateways)
    return server


class _Endpoint:
    """An endpoint for all methods. Starlette gives a function GET and HEAD only."""

    def __init__(self, gateways: list[Gateway]) -> None:
        self._shop = gateways[0]
        self._back_office = gateways[-1]  # the same in a template with one API

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import Request

        is_staff = scope.get("raw_path", b"").startswith(BACK_OFFICE.encode())
        gateway = self._back_office if is_staff else self._shop
        response = await gateway.handle(Request(scope, receive))
        await response(scope, receive, send)


_TOO_LARGE = b"too large"  # replaces a body over the limit; compared by identity


async def _received(request: Request) -> HttpRequest:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    raw_path = request.scope.get("raw_path", b"").decode("latin-1")
    trace = request.headers.get("x-amzn-trace-id", "")
    server: Any = request.scope.get("server") or ("127.0.0.1", 80)
    return HttpRequest(
        method=request.method,
        path=raw_path,
        query=request.scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await _body(request),
        client=request.client.host if request.client else "127.0.0.1",
        port=server[1],
        trace=trace if trace.startswith("Root=") else new_trace(),
    )


async def _body(request: Request) -> bytes:
    parts = bytearray()
    length = 0
    try:
        # Read to the end even if too large, because a client that still sends would not read the response.
        async for part in request.stream():
            length += len(part)
            if length <= _MAX_BODY:
                parts += part
    except ClientDisconnect:
        pass
    return bytes(parts) if length <= _MAX_BODY else _TOO_LARGE


def _response(rendered: errors.RenderedResponse, request: HttpRequest) -> Response:
    response = Response(rendered.body, rendered.status)
    own = [
        ("x-amzn-RequestId", request.request_id),
        ("x-amz-apigw-id", extended_request_id(request)),
        ("X-Amzn-Trace-Id", request.trace),
    ]
    has_body = rendered.status >= 200 and rendered.status not in {204, 304}
    response.raw_headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", errors="replace"))
        for name, value in [
            *rendered.headers,
            *own,
            *([("content-length", str(len(rendered.body)))] if has_body else []),
        ]
    ]
    if not has_body or request.method == "HEAD":  # with the headers of GET, including its Content-Length
        response.body = b""
    return response


def _listed(request: HttpRequest, name: str) -> str:
    return ", ".join(value for key, value in request.headers if key == name)
