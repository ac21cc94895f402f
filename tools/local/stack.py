"""The local stack: whatever the template says, running on this machine until it is cancelled."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import traceback
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from tools import ROOT
from tools.local.docs import page as docs_page
from tools.local.events import resources
from tools.local.events.lost import tell_lost_messages
from tools.local.events.pollers import Pollers
from tools.local.events.schedules import Schedules
from tools.local.gateway.server import Gateway
from tools.local.http_server import GRACE, listening, serving
from tools.local.lambdas.control import control_app
from tools.local.lambdas.environments import Environments
from tools.local.lambdas.watch import watch
from tools.local.pages.routes import Pages
from tools.local.pages.state import Servers
from tools.local.recent.activity import Activity
from tools.local.servers.aws import Aws
from tools.local.stack_info import StackInfo, stack_info, url_of
from tools.local.stripe.registration import register, register_account
from tools.local.stripe.server import Stripe
from tools.local.tasks import Essential
from tools.problems import LocalProblem
from tools.templates.inventory import read_inventory
from tools.templates.model import TemplateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp

    from tools.local.keep_running import Restore
    from tools.local.lambdas.limits import Limits
    from tools.local.logs import Log
    from tools.local.stripe.account import StripeAccount
    from tools.local.stripe.registration import Registration
    from tools.templates.model import Inventory

    type KeepRunning = Callable[[Restore, Log, Essential], None]

TEMPLATE = ROOT / "template.yaml"
# In the data folder: the template's parameters of the running stack, for `make invoke`. It has passwords.
PARAMETERS_FILE = "run/parameters.json"


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
    stripe_account: StripeAccount | None = None,
    data_folder: Path,
    port: int,
    throttle: bool,
    on_ready: Callable[[StackInfo], Awaitable[None] | None],
    template: Path = TEMPLATE,
    prepare: Callable[[Invoke], Awaitable[None]] | None = None,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    log: Log,
    keep_running: KeepRunning | None = None,
) -> None:
    """Runs the stack until it is cancelled or a part of it fails. Port 0 takes a free one.

    Payments by card go to `stripe_account`, an account with keys of its own, or to the local provider at `stripe_url`;
    without both there are none. Without `migration_database_url` functions may change tables that `database_url` lets.

    `prepare` runs once resources exist and functions can be invoked, before any traffic, queue or schedule.
    `keep_running` watches the servers; its argument restores the state that a restarted server has lost.

    Raises:
        LocalProblem: a part failed; the text names it.
        TemplateError: the template asks for what cannot be run here.
        OSError: the port is taken.
    """
    registered = functools.partial(_registered, stripe_url, stripe_account, data_folder, aws_endpoint_url)
    registration = await asyncio.to_thread(registered)
    about_payments = registration.parameters if registration else {}
    with listening(port) as public, listening(0) as control:
        servers = {
            "DatabaseUrl": database_url,
            "MigrationDatabaseUrl": migration_database_url or database_url,
            "RedisUrl": redis_url,
            "PublicUrl": url_of(public),
            "ErrorCatalogueUrl": f"{url_of(public)}/docs/errors",
        }
        given = {**servers, **about_payments, **(parameters or {})}
        inventory = await asyncio.to_thread(
            read_inventory, template, parameters=given, aws_endpoint_url=aws_endpoint_url
        )
        log.routine = {inventory.functions[schedule.function].logical_id for schedule in inventory.schedules}
        await asyncio.to_thread(resources.create, inventory, aws_endpoint_url)
        essential = Essential()
        activity = Activity(log.recent)
        environments = Environments(
            inventory.functions, aws_endpoint_url=aws_endpoint_url, log=log, activity=activity, limits=limits
        )
        info = stack_info(
            inventory, public, control, aws_endpoint_url, registration.stripe_url if registration else None
        )
        state = Servers.of(inventory, given, aws_endpoint_url)
        pages = Pages(state, info.stripe_url, is_real_stripe=stripe_account is not None, activity=activity)
        try:
            if prepare is not None:
                await prepare(_invoker(environments))
            async with (
                serving("the server of the control port", control_app(environments, log), control, essential),
                serving(
                    "the gateway",
                    _public_app(inventory, environments, log, pages, throttle=throttle),
                    public,
                    essential,
                ),
            ):
                try:
                    _start_background(inventory, environments, log, activity, aws_endpoint_url, essential=essential)
                    if keep_running is not None:
                        keep_running(_restorer(inventory, registration, registered, info), log, essential)
                    if registration:
                        await asyncio.to_thread(registration.receive_webhooks, info.url)
                    _write(data_folder / PARAMETERS_FILE, given)
                    _write(data_folder / "run" / "stack.json", asdict(info))
                    ready = on_ready(info)
                    if inspect.isawaitable(ready):
                        await ready
                    await _until_one_fails(essential, log)
                finally:
                    await essential.stop()
        finally:
            for name in ("run/stack.json", PARAMETERS_FILE):
                (data_folder / name).unlink(missing_ok=True)
            await environments.drain(GRACE)
            await environments.close()
            await tell_lost_messages(inventory.queues, aws_endpoint_url, log)


def _public_app(inventory: Inventory, environments: Environments, log: Log, pages: Pages, *, throttle: bool) -> ASGIApp:
    if inventory.api is None:
        raise TemplateError("The template has no REST API to serve.")
    beside = [*pages.routes(), *docs_page.routes(pages.stripe_url)]
    return Gateway(inventory.api, environments, log, pages.activity, throttle=throttle).app(beside)


def _start_background(
    inventory: Inventory,
    environments: Environments,
    log: Log,
    activity: Activity,
    aws_endpoint_url: str,
    *,
    essential: Essential,
) -> None:
    """Queues, schedules and the watch on the code."""
    Pollers(inventory, environments, aws_endpoint_url, log, activity).start(essential)
    essential.start("the clock of the schedules", Schedules(inventory.schedules, environments, log).run())
    essential.start("the watch on the code", watch(inventory, environments, log))


def _registered(
    stripe_url: str | None, given: StripeAccount | None, data_folder: Path, aws_endpoint_url: str
) -> Registration | None:
    if given:
        return register_account(given, data_folder, aws_endpoint_url)
    return register(stripe_url, data_folder, aws_endpoint_url) if stripe_url else None


def _restorer(
    inventory: Inventory, registration: Registration | None, register_again: Callable[[], object], info: StackInfo
) -> Restore:
    def restore(server: str) -> None:
        if server == Aws.name:
            register_again()
            resources.create(inventory, info.aws_endpoint_url)
            resources.admit_all(info.aws_endpoint_url)
        elif server == Stripe.name and registration:
            registration.receive_webhooks(info.url)

    async def in_a_thread(server: str) -> None:
        await asyncio.to_thread(restore, server)

    return in_a_thread


async def _until_one_fails(essential: Essential, log: Log) -> None:
    try:
        await essential.until_one_fails()
    except LocalProblem as problem:
        if problem.__cause__ is not None:
            log.alarm(str(problem), trace="".join(traceback.format_exception(problem.__cause__)).rstrip())
        raise


def _invoker(environments: Environments) -> Invoke:
    async def invoke(function: str, event: Any = None, /) -> Any:
        result = await environments.invoke(function, json.dumps(event).encode())
        answer = json.loads(result.payload)
        if result.is_error:
            raise InvocationFailed(f"{function} failed: {answer['errorType']}: {answer['errorMessage']}")
        return answer

    return invoke


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".new")  # commands read the file at any time
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(file)
