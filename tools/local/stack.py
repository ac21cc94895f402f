"""The local stack: whatever the template says, running on this machine until it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tools import ROOT
from tools.local import docs_page
from tools.local.events import resources
from tools.local.events.pollers import Pollers
from tools.local.events.schedules import Schedules
from tools.local.gateway.server import Gateway
from tools.local.http_server import listening, serving
from tools.local.kept_log import KeptLog
from tools.local.lambdas.control import control_app
from tools.local.lambdas.environments import Environments
from tools.local.lambdas.watch import watch
from tools.local.logs import Log
from tools.local.stripe.registration import register
from tools.templates.inventory import read_inventory
from tools.templates.model import ACCOUNT, TemplateError

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp

    from tools.local.lambdas.limits import Limits
    from tools.templates.model import Inventory

_TEMPLATE = ROOT / "template.yaml"
_GRACE = 3.0  # seconds that running invocations have at the end


@dataclass(frozen=True, slots=True)
class StackInfo:
    """Where things are, once the stack runs."""

    url: str
    control_url: str
    aws_endpoint_url: str
    stripe_url: str | None
    functions: tuple[str, ...]
    queues: Mapping[str, str]


class InvocationFailed(Exception):
    """A function that the stack itself invoked ended in an error."""


class Invoke(Protocol):
    """Invokes a function by its logical id and gives its result. Raises InvocationFailed."""

    async def __call__(self, function: str, event: Any = None, /) -> Any: ...


async def serve(
    *,
    database_url: str,
    migration_database_url: str | None = None,
    redis_url: str,
    aws_endpoint_url: str,
    stripe_url: str | None = None,
    data_folder: Path,
    port: int,
    throttle: bool,
    on_ready: Callable[[StackInfo], Awaitable[None] | None],
    template: Path = _TEMPLATE,
    prepare: Callable[[Invoke], Awaitable[None]] | None = None,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    log: Log | None = None,
) -> None:
    """Runs the stack until cancelled. Port 0 takes a free one; without `stripe_url` there are no payments by card,
    without `migration_database_url` functions may change tables that `database_url` lets.

    `prepare` runs once resources exist and functions can be invoked, before any traffic, queue or schedule.

    Raises:
        TemplateError: the template asks for what cannot be run here.
        OSError: the port is taken.
    """
    log = log or Log(keep=KeptLog(data_folder / "logs" / "functions.log").write)
    registration = await asyncio.to_thread(register, stripe_url, data_folder, aws_endpoint_url) if stripe_url else None
    about_payments = registration.parameters if registration else {}
    with listening(port) as public, listening(0) as control:
        servers = {
            "DatabaseUrl": database_url,
            "MigrationDatabaseUrl": migration_database_url or database_url,
            "RedisUrl": redis_url,
            "PublicUrl": _url(public),
        }
        given = {**servers, **about_payments, **(parameters or {})}
        inventory = await asyncio.to_thread(
            read_inventory, template, parameters=given, aws_endpoint_url=aws_endpoint_url
        )
        await asyncio.to_thread(resources.create, inventory, aws_endpoint_url)
        environments = Environments(inventory.functions, aws_endpoint_url=aws_endpoint_url, log=log, limits=limits)
        info = _info(inventory, public, control, aws_endpoint_url, stripe_url)
        try:
            if prepare is not None:
                await prepare(_invoker(environments))
            async with (
                serving(control_app(environments, log), control, _GRACE),
                serving(_public_app(inventory, environments, log, throttle=throttle), public, _GRACE),
                _background(inventory, environments, log, aws_endpoint_url),
            ):
                if registration:
                    await asyncio.to_thread(registration.receive_webhooks, info.url)
                _write(data_folder / "run" / "stack.json", info)
                ready = on_ready(info)
                if inspect.isawaitable(ready):
                    await ready
                await asyncio.Event().wait()
        finally:
            (data_folder / "run" / "stack.json").unlink(missing_ok=True)
            await environments.drain(_GRACE)
            await environments.close()


def _public_app(inventory: Inventory, environments: Environments, log: Log, *, throttle: bool) -> ASGIApp:
    if inventory.api is None:
        raise TemplateError("The template has no REST API to serve.")
    return Gateway(inventory.api, environments, log, throttle=throttle).app(docs_page.routes())


@contextlib.asynccontextmanager
async def _background(
    inventory: Inventory, environments: Environments, log: Log, aws_endpoint_url: str
) -> AsyncIterator[None]:
    """Queues, schedules and the watch on the code."""
    pollers = Pollers(inventory.event_sources, environments, aws_endpoint_url, log)
    schedules = Schedules(inventory.schedules, environments, log)
    tasks = [asyncio.create_task(schedules.run()), asyncio.create_task(watch(inventory, environments, log))]
    pollers.start()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pollers.stop()


def _invoker(environments: Environments) -> Invoke:
    async def invoke(function: str, event: Any = None, /) -> Any:
        result = await environments.invoke(function, json.dumps(event).encode())
        answer = json.loads(result.payload)
        if result.is_error:
            raise InvocationFailed(f"{function} failed: {answer['errorType']}: {answer['errorMessage']}")
        return answer

    return invoke


def _info(
    inventory: Inventory,
    public: socket.socket,
    control: socket.socket,
    aws_endpoint_url: str,
    stripe_url: str | None,
) -> StackInfo:
    return StackInfo(
        url=_url(public),
        control_url=_url(control),
        aws_endpoint_url=aws_endpoint_url,
        stripe_url=stripe_url,
        functions=tuple(function.logical_id for function in inventory.functions.values()),
        queues={queue.logical_id: f"{aws_endpoint_url}/{ACCOUNT}/{queue.name}" for queue in inventory.queues},
    )


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _write(file: Path, info: StackInfo) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(info), indent=2) + "\n", encoding="utf-8")
