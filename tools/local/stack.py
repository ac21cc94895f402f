"""Runs the template on this machine: resources, gateway, functions, pollers and schedules."""

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
from tools.local.events.lost_messages import log_lost_messages
from tools.local.events.pollers import Pollers
from tools.local.events.schedules import Schedules
from tools.local.gateway.server import Gateway, served
from tools.local.http_server import GRACE_SECONDS, listening, serving
from tools.local.lambdas.control import control_app
from tools.local.lambdas.environments import Environments
from tools.local.lambdas.watch import watch
from tools.local.pages.routes import Pages
from tools.local.pages.shop_state import ShopStateReader
from tools.local.recent.activity import Activity
from tools.local.request_limits import no_limits
from tools.local.sealing_key import with_local_key
from tools.local.servers.aws import Aws
from tools.local.stack_info import StackInfo, stack_info, url_of
from tools.local.stripe.registration import register, register_account
from tools.local.stripe.server import Stripe
from tools.local.tasks import EssentialTasks
from tools.problems import LocalProblem
from tools.templates.inventory import read_inventory
from tools.templates.model import TemplateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp

    from tools.local.lambdas.limits import Limits
    from tools.local.logs import Log
    from tools.local.stripe.account import StripeAccount
    from tools.local.stripe.registration import Registration
    from tools.local.supervisor import Restore
    from tools.templates.model import Inventory

    type Supervise = Callable[[Restore, Log, EssentialTasks], None]

TEMPLATE = ROOT / "template.yaml"
# In the data folder: the template parameters of the running stack, for `make invoke`. They contain passwords.
PARAMETERS_FILE = "run/parameters.json"


class InvocationFailed(Exception):
    """A function that the stack itself invoked failed."""


class Invoke(Protocol):
    """Invokes a function by its logical id. Returns its result, or raises InvocationFailed."""

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
    supervise: Supervise | None = None,
) -> None:
    """Run the stack until it is cancelled or a part of it fails. Port 0 stands for any free port.

    Card payments go to `stripe_account`, or else to the local provider at `stripe_url`. Without both, there are none.
    Without `migration_database_url`, migrations use `database_url`.

    `prepare` runs when resources exist and functions can be invoked, before any request, poller or schedule.
    `supervise` restarts servers. Its argument restores the state that a restarted server has lost.

    Raises:
        LocalProblem: a part failed. The message names it.
        TemplateError: the template needs something that the local stack does not support.
        OSError: the port is in use.
    """
    register_provider = functools.partial(_register_provider, stripe_url, stripe_account, data_folder, aws_endpoint_url)
    registration = await asyncio.to_thread(register_provider)
    payment_parameters = registration.parameters if registration else {}
    with listening(port) as public, listening(0) as control:
        servers = {
            "DatabaseUrl": database_url,
            "MigrationDatabaseUrl": migration_database_url or database_url,
            "RedisUrl": redis_url,
            "PublicUrl": url_of(public),
            "ErrorCatalogueUrl": f"{url_of(public)}/docs/errors",
            "StorefrontUrl": url_of(public),
        }
        limits_off = {} if throttle else no_limits(template)
        all_parameters = {**servers, **payment_parameters, **limits_off, **(parameters or {})}
        inventory = await asyncio.to_thread(
            read_inventory, template, parameters=all_parameters, aws_endpoint_url=aws_endpoint_url
        )
        await asyncio.to_thread(resources.create, inventory, aws_endpoint_url)
        tasks = EssentialTasks()
        activity = Activity(log.recent)
        environments = Environments(
            with_local_key(inventory.functions, data_folder),
            aws_endpoint_url=aws_endpoint_url,
            log=log,
            activity=activity,
            limits=limits,
        )
        info = stack_info(
            inventory,
            public,
            control,
            aws_endpoint_url,
            registration.stripe_url if registration else None,
            throttle=throttle,
        )
        state_reader = ShopStateReader.from_parameters(inventory, all_parameters, aws_endpoint_url)
        pages = Pages(state_reader, info.stripe_url, is_real_stripe=stripe_account is not None, activity=activity)
        try:
            if prepare is not None:
                await prepare(_invoker(environments))
            async with (
                serving("the server of the control port", control_app(environments, log), control, tasks),
                serving(
                    "the gateway",
                    _public_app(inventory, environments, log, pages, throttle=throttle),
                    public,
                    tasks,
                ),
            ):
                try:
                    _start_background(inventory, environments, log, activity, aws_endpoint_url, tasks=tasks)
                    if supervise is not None:
                        supervise(_restorer(inventory, registration, register_provider, info), log, tasks)
                    if registration:
                        await asyncio.to_thread(registration.register_webhook_endpoint, info.url)
                    _write(data_folder / PARAMETERS_FILE, all_parameters)
                    _write(data_folder / "run" / "stack.json", asdict(info))
                    ready = on_ready(info)
                    if inspect.isawaitable(ready):
                        await ready
                    await _until_one_fails(tasks, log)
                finally:
                    await tasks.stop()
        finally:
            for name in ("run/stack.json", PARAMETERS_FILE):
                (data_folder / name).unlink(missing_ok=True)
            await environments.drain(GRACE_SECONDS)
            await environments.close()
            await log_lost_messages(inventory.queues, aws_endpoint_url, log)


def _public_app(inventory: Inventory, environments: Environments, log: Log, pages: Pages, *, throttle: bool) -> ASGIApp:
    if not inventory.apis:
        raise TemplateError("The template has no REST API to serve.")
    other_routes = [*pages.routes(), *docs_page.routes(pages.stripe_url)]
    gateways = [Gateway(api, environments, log, pages.activity, throttle=throttle) for api in inventory.apis]
    return served(gateways, other_routes)


def _start_background(
    inventory: Inventory,
    environments: Environments,
    log: Log,
    activity: Activity,
    aws_endpoint_url: str,
    *,
    tasks: EssentialTasks,
) -> None:
    """Start the pollers, the scheduler and the code watcher."""
    Pollers(inventory, environments, aws_endpoint_url, log, activity).start(tasks)
    tasks.start("the scheduler", Schedules(inventory.schedules, environments, log).run())
    tasks.start("the code watcher", watch(inventory, environments, log))


def _register_provider(
    stripe_url: str | None, account: StripeAccount | None, data_folder: Path, aws_endpoint_url: str
) -> Registration | None:
    if account:
        return register_account(account, data_folder, aws_endpoint_url)
    return register(stripe_url, data_folder, aws_endpoint_url) if stripe_url else None


def _restorer(
    inventory: Inventory, registration: Registration | None, register_again: Callable[[], object], info: StackInfo
) -> Restore:
    def restore(server: str) -> None:
        if server == Aws.name:
            register_again()
            resources.create(inventory, info.aws_endpoint_url)
            resources.open_to_all_clients(info.aws_endpoint_url)
        elif server == Stripe.name and registration:
            registration.register_webhook_endpoint(info.url)

    async def in_a_thread(server: str) -> None:
        await asyncio.to_thread(restore, server)

    return in_a_thread


async def _until_one_fails(tasks: EssentialTasks, log: Log) -> None:
    try:
        await tasks.until_one_fails()
    except LocalProblem as problem:
        if problem.__cause__ is not None:
            log.error(str(problem), trace="".join(traceback.format_exception(problem.__cause__)).rstrip())
        raise


def _invoker(environments: Environments) -> Invoke:
    async def invoke(function: str, event: Any = None, /) -> Any:
        result = await environments.invoke(function, json.dumps(event).encode())
        output = json.loads(result.payload)
        if result.is_error:
            raise InvocationFailed(f"{function} failed: {output['errorType']}: {output['errorMessage']}")
        return output

    return invoke


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".new")  # atomic, because commands may read the file at any time
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(file)
