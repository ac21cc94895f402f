"""Owns one life of the local stack, from the lock to the last server stopped."""

import asyncio
import contextlib
import functools
import shutil
import textwrap
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
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
from tools.local.backlog import waiting_events
from tools.local.data_folder import usable
from tools.local.first_requests import first_requests
from tools.local.keep_running import keep_running
from tools.local.kept_log import KeptLog
from tools.local.logs import Log
from tools.local.outlet import STANDARD_OUTPUT, Outlet, say
from tools.local.runner_lock import AlreadyRunning, held
from tools.local.schema import refuse_data_of_other_code
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Processes
from tools.local.settings import Settings
from tools.local.stack_info import StackInfo
from tools.local.stop_signals import StopSignals
from tools.local.stripe.keys import PaymentKeys
from tools.local.stripe.registration import WEBHOOK_PATH
from tools.local.stripe.unknown_payments import unknown_payments_warning
from tools.problems import LocalProblem
from tools.setup.port import refuse_unusable
from tools.templates.model import TemplateError
from tools.templates.sam import load, refusal

_THROTTLE_IS_OFF = "Throttling is off (LOCAL_THROTTLE=off): no request gets a 429 for being one too many.\n"


def run_stack(data_folder: Path, port: int, *, settings: Settings, parameters: Mapping[str, str]) -> None:
    """Start the servers and serve the template on the port until a signal asks to stop.

    Raises:
        AlreadyRunning: another runner has this data folder.
        LocalProblem: a parameter is wrong, the port is taken, the data folder cannot be used, a server could not be
            started or the template not be served.
    """
    _refuse_wrong(parameters)
    tell = _teller()
    log = _log(data_folder / "logs" / "functions.log", settings)
    signals = StopSignals(tell)
    with signals.caught(), contextlib.suppress(KeyboardInterrupt), usable(data_folder), held(data_folder):
        refuse_unusable(port)
        with Servers(data_folder, progress=tell) as servers:
            serving = functools.partial(
                stack.serve,
                database_url=servers.database_url,
                migration_database_url=servers.migration_database_url,
                redis_url=servers.redis_url,
                aws_endpoint_url=servers.aws_endpoint_url,
                stripe_url=servers.stripe_url,
                stripe_account=servers.stripe_account,
                data_folder=data_folder,
                port=port,
                throttle=settings.throttle,
                parameters=parameters,
                prepare=lambda invoke: prepare(invoke, servers, tell, log, parameters.get("Currency", CURRENCY)),
                on_ready=functools.partial(
                    announce, throttle=settings.throttle, is_real_stripe=bool(servers.stripe_account)
                ),
                log=log,
                keep_running=functools.partial(keep_running, servers),
            )
            try:
                asyncio.run(_until_stopped(serving, signals))
            except Exception as error:
                _name_the_dead(servers, error)
                raise
    tell("stopped")


def reset(data_folder: Path, is_agreed: Callable[[], bool]) -> bool:
    """Delete all data of the local stack if that is agreed. Returns whether there is none any more.

    Raises:
        AlreadyRunning: the stack runs.
        LocalProblem: the data may not be deleted.
    """
    if not data_folder.exists():
        return True
    with usable(data_folder), _not_running(data_folder):
        if not is_agreed():
            return False
        Processes(data_folder / "run").stop_leftovers()
        shutil.rmtree(data_folder)
    return True


@contextlib.contextmanager
def _not_running(data_folder: Path) -> Iterator[None]:
    try:
        with held(data_folder):
            yield
    except AlreadyRunning as running:
        raise AlreadyRunning(f"{running}; after that, `make reset` deletes its data") from running


async def prepare(invoke: stack.Invoke, servers: Servers, tell: Callable[[str], None], log: Log, currency: str) -> None:
    """Bring the schema up to date and a fresh shop to life before the first request.

    Raises:
        LocalProblem: the data is of other code.
    """
    await asyncio.to_thread(refuse_data_of_other_code, servers.migration_database_url)
    applied = (await invoke("MigrateFunction", {"operator": "make run"}))["applied"]
    tell(f"schema: {f'{len(applied)} migrations applied' if applied else 'up to date'}")
    await asyncio.to_thread(load_demo_data, servers.database_url, servers.redis_url, tell, shop_currency=currency)
    log.expect_backlog(await asyncio.to_thread(waiting_events, servers.database_url))
    key = servers.stripe_account.keys.secret_key if servers.stripe_account else PaymentKeys.secret_key
    if warning := await asyncio.to_thread(unknown_payments_warning, servers.database_url, servers.stripe_url, key):
        tell(f"payments: {warning}")


def announce(info: StackInfo, *, throttle: bool = True, is_real_stripe: bool = False) -> None:
    """Tell the developer where the shop is, who can log in, and what to try first."""
    say(
        f"""
microshop runs

  start      {info.url}   (mails: {info.url}/_local/mails)
  API        {info.url}/api/v1
  docs       {info.url}/docs   (openapi.json beside it)
  payments   {_payments(info, is_real_stripe=is_real_stripe)}
  admin      {ADMIN_EMAIL}      password  {ADMIN_PASSWORD}
  customer   {CUSTOMER_EMAIL}   password  {CUSTOMER_PASSWORD}

{textwrap.indent(first_requests(info.url), "  ")}

{"" if throttle else _THROTTLE_IS_OFF}Ctrl-C stops it; the data stays until `make reset`.
""",
    )


def _payments(info: StackInfo, *, is_real_stripe: bool) -> str:
    if not is_real_stripe:
        return f"{info.stripe_url}   (stands for https://api.stripe.com)"
    return (
        f"{info.stripe_url}, test mode of your account; its webhooks need\n"
        f"             stripe listen --forward-to {info.url.removeprefix('http://')}{WEBHOOK_PATH}"
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
            raise ServerProblem(f"{one.server.title} ended ({how}): read {one.child.log_file}") from error


def _refuse_wrong(parameters: Mapping[str, str]) -> None:
    declared = load(stack.TEMPLATE)["Parameters"] if parameters else {}
    if wrong := [reason for name, value in parameters.items() if (reason := refusal(declared, name, value))]:
        raise LocalProblem("; ".join(wrong))


def _teller() -> Callable[[str], None]:
    begun = time.monotonic()
    return lambda text: say(f"[{time.monotonic() - begun:5.1f} s] {text}")


def _log(kept: Path, settings: Settings) -> Log:
    def lost(place: str) -> Callable[[OSError], None]:
        return lambda error: say(f"{place} cannot be written ({error.strerror}); the shop goes on")

    def found(place: str) -> Callable[[int], None]:
        return lambda missing: log.caution(f"{place} is written again; {missing} lines before this one are missing")

    screen = Outlet(STANDARD_OUTPUT.write, lost=lost("This log"), found=found("This log"))
    file = Outlet(KeptLog(kept).write, lost=lost(str(kept)), found=found(str(kept)))
    log = Log(screen, debug=settings.debug, readable=settings.readable, coloured=settings.coloured, keep=file.write)
    return log
