"""Owns one life of the local stack, from the lock to the last server stopped."""

import asyncio
import contextlib
import functools
import shutil
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from tools.demo.data import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    CURRENCY,
    CUSTOMER_EMAIL,
    CUSTOMER_PASSWORD,
    load_demo_data,
)
from tools.local import stack
from tools.local.backing_services import Servers
from tools.local.keep_running import keep_running
from tools.local.runner_lock import held
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Processes
from tools.local.stop_signals import StopSignals
from tools.problems import LocalProblem
from tools.setup.port import refuse_unusable
from tools.templates.model import TemplateError
from tools.templates.sam import load, refusal


def run_stack(data_folder: Path, port: int, *, throttle: bool, parameters: Mapping[str, str]) -> None:
    """Start the servers and serve the template on the port until a signal asks to stop.

    Raises:
        AlreadyRunning: another runner has this data folder.
        LocalProblem: a parameter is wrong, the port is taken, a server could not be started or the template not be
            served.
    """
    _refuse_wrong(parameters)
    say = _teller()
    signals = StopSignals(say)
    with signals.caught(), contextlib.suppress(KeyboardInterrupt), held(data_folder):
        refuse_unusable(port)
        with Servers(data_folder, progress=say) as servers:
            serving = functools.partial(
                stack.serve,
                database_url=servers.database_url,
                migration_database_url=servers.migration_database_url,
                redis_url=servers.redis_url,
                aws_endpoint_url=servers.aws_endpoint_url,
                stripe_url=servers.stripe_url,
                data_folder=data_folder,
                port=port,
                throttle=throttle,
                parameters=parameters,
                prepare=lambda invoke: prepare(invoke, servers, say, parameters.get("Currency", CURRENCY)),
                on_ready=announce,
                keep_running=functools.partial(keep_running, servers),
            )
            try:
                asyncio.run(_until_stopped(serving, signals))
            except Exception as error:
                _name_the_dead(servers, error)
                raise
    say("stopped")


def reset(data_folder: Path) -> None:
    """Delete all data of the local stack.

    Raises:
        AlreadyRunning: the stack runs.
    """
    with held(data_folder):
        Processes(data_folder / "run").stop_leftovers()
        shutil.rmtree(data_folder)


async def prepare(invoke: stack.Invoke, servers: Servers, say: Callable[[str], None], currency: str) -> None:
    """Bring the schema up to date and a fresh shop to life before the first request."""
    applied = (await invoke("MigrateFunction", {}))["applied"]
    say(f"schema: {f'{len(applied)} migrations applied' if applied else 'up to date'}")
    await asyncio.to_thread(load_demo_data, servers.database_url, servers.redis_url, say, shop_currency=currency)


def announce(info: stack.StackInfo) -> None:
    """Tell the developer where the shop is, who can log in, and what to try first."""
    print(
        f"""
microshop runs

  API        {info.url}/api/v1
  docs       {info.url}/docs   (openapi.json beside it)
  payments   {info.stripe_url}   (stands for https://api.stripe.com)
  admin      {ADMIN_EMAIL}      password  {ADMIN_PASSWORD}
  customer   {CUSTOMER_EMAIL}   password  {CUSTOMER_PASSWORD}

  curl '{info.url}/api/v1/products?q=coffee&limit=3'
  curl {info.url}/api/v1/users/login -H 'Content-Type: application/json' \\
       -d '{{"email": "{CUSTOMER_EMAIL}", "password": "{CUSTOMER_PASSWORD}"}}'

Ctrl-C stops it; the data stays until `make reset`.
""",
        flush=True,
    )


async def _until_stopped(serve: Callable[[], Coroutine[Any, Any, None]], signals: StopSignals) -> None:
    loop = asyncio.get_running_loop()
    serving = asyncio.create_task(serve())
    with signals.calling(lambda: _cancel(loop, serving)), contextlib.suppress(asyncio.CancelledError):
        try:
            await serving
        except (TemplateError, stack.InvocationFailed) as error:
            raise LocalProblem(f"The stack could not be started: {error}") from error


def _cancel(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    # A signal handler runs while the loop sleeps in select(): only a thread-safe call wakes it.
    loop.call_soon_threadsafe(task.cancel)


def _name_the_dead(servers: Servers, error: Exception) -> None:
    """Raise a ServerProblem if a server ended before all was ready, because that caused the error."""
    if isinstance(error, ServerProblem):
        return
    for one in servers.started:
        if how := one.child.end():
            raise ServerProblem(f"{one.server.name} ended ({how}): read {one.child.log_file}") from error


def _refuse_wrong(parameters: Mapping[str, str]) -> None:
    declared = load(stack.TEMPLATE)["Parameters"] if parameters else {}
    if wrong := [reason for name, value in parameters.items() if (reason := refusal(declared, name, value))]:
        raise LocalProblem("; ".join(wrong))


def _teller() -> Callable[[str], None]:
    begun = time.monotonic()

    def say(text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone, and stopping must go on
            # stderr: what the functions log stands on stdout alone, for whoever pipes it
            print(f"[{time.monotonic() - begun:5.1f} s] {text}", file=sys.stderr, flush=True)

    return say
