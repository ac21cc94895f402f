"""Stripe's API over HTTP: checks keys, and adds idempotency and faults to the operations."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from aiohttp import web

from tools.local.stripe.authorization import api_key_of, refuse_publishable
from tools.local.stripe.call import Call
from tools.local.stripe.errors import Refused, failed
from tools.local.stripe.idempotency import Response
from tools.local.stripe.parameters import from_form, from_json

if TYPE_CHECKING:
    from tools.local.stripe.call import Operation
    from tools.local.stripe.faults import Fault, Faults
    from tools.local.stripe.idempotency import IdempotencyStore
    from tools.local.stripe.operations import Operations
    from tools.local.stripe.state import State

_LOOK_SECONDS = 0.05
# CORS: the front end of the shop has another origin. Its publishable key limits what it may do.
_CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
}


class StripeApi:
    """Handles `/v1/…`."""

    def __init__(self, operations: Operations, store: IdempotencyStore, faults: Faults, state: State) -> None:
        self._operations = operations
        self._store = store
        self._faults = faults
        self._state = state
        self._one_at_a_time = asyncio.Lock()

    async def preflight(self, _: web.Request) -> web.Response:
        """Answer a CORS preflight request."""
        return web.Response(status=204, headers=_CORS_HEADERS)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, with the fault that matches it."""
        fault = self._faults.take(request.method, request.path)
        headers = {"Request-Id": f"req_{secrets.token_hex(7)}", **_CORS_HEADERS}
        try:
            response = await self._response(request, fault, headers)
        except Refused as refused:
            response = Response(refused.status, refused.body)
        if fault.when == "after":
            await self._wait(request, fault)
        if fault.drop and request.transport is not None:
            request.transport.close()
        if fault.status_after is not None:
            response = _failing(fault.status_after)
        return web.json_response(response.body, status=response.status, headers=headers)

    async def _response(self, request: web.Request, fault: Fault, headers: dict[str, str]) -> Response:
        if fault.status is not None and not fault.stored:
            return _failing(fault.status, fault.code)
        route, identifier = self._operations.find(request.method, request.path)
        call = await _read(request, identifier, headers["Request-Id"], fault.force_status)
        if not route.allows_publishable_key:
            refuse_publishable(call.key)
        if stored := self._store.begin(call):
            headers["Idempotent-Replayed"] = "true"
            return stored
        try:
            if fault.when == "before" and not await self._wait(request, fault):
                return _failing(500)  # nobody receives it
            response = _failing(fault.status) if fault.status else await self._execute(route.operation, call)
            self._store.finish(call, response)
        finally:
            self._store.abandon(call)
        return response

    async def _execute(self, operation: Operation, call: Call) -> Response:
        try:
            if call.method == "GET":
                return Response(200, await operation(call))
            # The refundable amount of a charge must not change between its check and the refund.
            async with self._one_at_a_time:
                try:
                    return Response(200, await operation(call))
                finally:
                    self._state.mark_changed()
        except Refused as refused:
            return Response(refused.status, refused.body)

    async def _wait(self, request: web.Request, fault: Fault) -> bool:
        """Wait as the fault says; `hang` ends when the faults are cleared. Returns False if the client has gone."""
        await asyncio.sleep(fault.delay_seconds)
        while fault.hang and not await fault.is_over(_LOOK_SECONDS):
            if request.transport is None or request.transport.is_closing():
                return False
        return True


def _failing(status: int, code: str | None = None) -> Response:
    refused = Refused(status, "invalid_request_error", "This error was requested through /_faults.", code=code)
    kind = failed(status) if status >= 500 else refused
    return Response(status, kind.body)


async def _read(request: web.Request, identifier: str, request_id: str, forced_status: str | None) -> Call:
    if request.method == "POST" and request.content_type == "application/json":
        parameters = from_json(await request.text() or "{}")
    elif request.method == "POST":
        parameters = from_form((name, str(value)) for name, value in (await request.post()).items())
    else:
        parameters = from_form(request.query.items())
    return Call(
        request.method,
        request.path,
        api_key_of(request.headers.get("Authorization", ""), parameters),
        parameters,
        identifier,
        request.headers.get("Idempotency-Key"),
        request_id,
        forced_status,
    )
