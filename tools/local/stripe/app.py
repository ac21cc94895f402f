"""The proxy's HTTP side of Stripe's API: keys, idempotency and faults around the operations."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from aiohttp import web

from tools.local.stripe.answers import Answer
from tools.local.stripe.authorization import key_of, refuse_publishable
from tools.local.stripe.call import Call
from tools.local.stripe.errors import Refused, failed
from tools.local.stripe.parameters import from_form, from_json

if TYPE_CHECKING:
    from tools.local.stripe.answers import Answers
    from tools.local.stripe.call import Operation
    from tools.local.stripe.faults import Fault, Faults
    from tools.local.stripe.operations import Operations
    from tools.local.stripe.state import State

_LOOK_SECONDS = 0.05
# A page of the shop's front end has another origin; what its key may do, it may do from there.
_FOR_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
}


class StripeApi:
    """Answers `/v1/…`."""

    def __init__(self, operations: Operations, answers: Answers, faults: Faults, state: State) -> None:
        self._operations = operations
        self._answers = answers
        self._faults = faults
        self._state = state
        self._one_at_a_time = asyncio.Lock()

    async def preflight(self, _: web.Request) -> web.Response:
        """Tell a browser that pages may ask."""
        return web.Response(status=204, headers=_FOR_PAGES)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request, with what is to go wrong with it."""
        fault = self._faults.take(request.method, request.path)
        headers = {"Request-Id": f"req_{secrets.token_hex(7)}", **_FOR_PAGES}
        try:
            answer = await self._answered(request, fault, headers)
        except Refused as refused:
            answer = Answer(refused.status, refused.body)
        if fault.when == "after":
            await self._wait(request, fault)
        if fault.drop and request.transport is not None:
            request.transport.close()
        if fault.status_after is not None:
            answer = _failing(fault.status_after)
        return web.json_response(answer.body, status=answer.status, headers=headers)

    async def _answered(self, request: web.Request, fault: Fault, headers: dict[str, str]) -> Answer:
        if fault.status is not None and not fault.stored:
            return _failing(fault.status, fault.code)
        route, identifier = self._operations.find(request.method, request.path)
        call = await _read(request, identifier, headers["Request-Id"], fault.force_status)
        if not route.is_for_pages:
            refuse_publishable(call.key)
        if remembered := self._answers.begin(call):
            headers["Idempotent-Replayed"] = "true"
            return remembered
        try:
            if fault.when == "before" and not await self._wait(request, fault):
                return _failing(500)  # to nobody
            answer = _failing(fault.status) if fault.status else await self._happen(route.operation, call)
            self._answers.finish(call, answer)
        finally:
            self._answers.abandon(call)
        return answer

    async def _happen(self, operation: Operation, call: Call) -> Answer:
        try:
            if call.method == "GET":
                return Answer(200, await operation(call))
            # What is left of a charge must not change between the look at it and the refund.
            async with self._one_at_a_time:
                try:
                    return Answer(200, await operation(call))
                finally:
                    self._state.changed()
        except Refused as refused:
            return Answer(refused.status, refused.body)

    async def _wait(self, request: web.Request, fault: Fault) -> bool:
        """Whether to go on: not after a client that hung has left. It is let go when the faults are cleared."""
        await asyncio.sleep(fault.delay_seconds)
        while fault.hang and not await fault.is_over(_LOOK_SECONDS):
            if request.transport is None or request.transport.is_closing():
                return False
        return True


def _failing(status: int, code: str | None = None) -> Answer:
    refused = Refused(status, "invalid_request_error", "It is meant to fail.", code=code)
    kind = failed(status) if status >= 500 else refused
    return Answer(status, kind.body)


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
        key_of(request.headers.get("Authorization", ""), parameters),
        parameters,
        identifier,
        request.headers.get("Idempotency-Key"),
        request_id,
        forced_status,
    )
