"""Runs the local stack, from its lock to the stop of its last server, and resets its data."""

import asyncio
import contextlib
import functools
import shutil
import textwrap
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

from microshop.languages import parse_languages
from tools.demo.catalogue_files import CURRENCY, LANGUAGES
from tools.demo.data import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    CUSTOMER_EMAIL,
    CUSTOMER_PASSWORD,
    load_demo_data,
)
from tools.local import stack
from tools.local.backing_services import BackingServices
from tools.local.backlog import waiting_events
from tools.local.data_folder import explain_file_errors
from tools.local.example_requests import example_requests
from tools.local.log_file import RotatingLogFile
from tools.local.logs import Log
from tools.local.output import STANDARD_OUTPUT, LossyWriter, print_message
from tools.local.runner_lock import AlreadyRunning, lock_data_folder
from tools.local.schema_check import check_schema
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Processes
from tools.local.settings import Settings
from tools.local.stack_info import StackInfo
from tools.local.stop_signals import StopSignals
from tools.local.stripe.keys import PaymentKeys
from tools.local.stripe.registration import WEBHOOK_PATH
from tools.local.stripe.unknown_payments import unknown_payments_warning
from tools.local.supervisor import supervise
from tools.problems import LocalProblem
from tools.setup.port import refuse_unusable
from tools.templates.model import TemplateError
from tools.templates.sam import load, refusal

_THROTTLE_IS_OFF = "Throttling is off (LOCAL_THROTTLE=off): no request gets the status 429.\n"


def run_stack(data_folder: Path, port: int, *, settings: Settings, parameters: Mapping[str, str]) -> None:
    """Start the servers and serve the template on the port until a stop signal.

    Raises:
        AlreadyRunning: another runner has locked the data folder.
        LocalProblem: a parameter is wrong, the port is in use, the data folder cannot be used, or a server or the stack
            could not be started.
    """
    _check_parameters(parameters)
    progress = _progress_printer()
    log = _log(data_folder / "logs" / "functions.log", settings)
    signals = StopSignals(progress)
    with (
        signals.caught(),
        contextlib.suppress(KeyboardInterrupt),
        explain_file_errors(data_folder),
        lock_data_folder(data_folder),
    ):
        refuse_unusable(port)
        with BackingServices(data_folder, progress=progress) as servers:
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
                prepare=lambda invoke: prepare(invoke, servers, progress, log, parameters),
                on_ready=functools.partial(
                    announce, throttle=settings.throttle, is_real_stripe=bool(servers.stripe_account)
                ),
                log=log,
                supervise=functools.partial(supervise, servers),
            )
            try:
                asyncio.run(_until_stopped(serving, signals))
            except Exception as error:
                _raise_for_ended_server(servers, error)
                raise
    progress("stopped")


def reset(data_folder: Path, is_confirmed: Callable[[], bool]) -> bool:
    """Delete all data of the local stack if `is_confirmed` returns true. Returns whether the data is deleted.

    Raises:
        AlreadyRunning: the stack is running.
        LocalProblem: the data folder cannot be written.
    """
    if not data_folder.exists():
        return True
    with explain_file_errors(data_folder), _not_running(data_folder):
        if not is_confirmed():
            return False
        Processes(data_folder / "run").stop_orphans()
        shutil.rmtree(data_folder)
    return True


@contextlib.contextmanager
def _not_running(data_folder: Path) -> Iterator[None]:
    try:
        with lock_data_folder(data_folder):
            yield
    except AlreadyRunning as running:
        raise AlreadyRunning(f"{running}; then run `make reset` again") from running


async def prepare(
    invoke: stack.Invoke,
    servers: BackingServices,
    progress: Callable[[str], None],
    log: Log,
    parameters: Mapping[str, str],
) -> None:
    """Migrate the database, and load demo data into a new shop, before the first request.

    Raises:
        LocalProblem: the data was created by other code.
    """
    await asyncio.to_thread(check_schema, servers.migration_database_url)
    migrated = await invoke("MigrateFunction", {"operator": "make run"})
    applied = migrated["applied"]
    progress(f"schema: {f'{len(applied)} migrations applied' if applied else 'up to date'}")
    for warning in migrated["warnings"]:
        progress(f"schema: {warning}")
    await asyncio.to_thread(
        load_demo_data,
        servers.database_url,
        servers.redis_url,
        progress,
        shop_currency=parameters.get("Currency", CURRENCY),
        languages=parse_languages(parameters.get("Languages", ",".join(LANGUAGES))),
    )
    log.expect_backlog(await asyncio.to_thread(waiting_events, servers.database_url))
    key = servers.stripe_account.keys.secret_key if servers.stripe_account else PaymentKeys.secret_key
    if warning := await asyncio.to_thread(unknown_payments_warning, servers.database_url, servers.stripe_url, key):
        progress(f"payments: {warning}")


def announce(info: StackInfo, *, throttle: bool = True, is_real_stripe: bool = False) -> None:
    """Print the addresses of the shop, its demo accounts, and example requests."""
    print_message(
        f"""
microshop is running

  start      {info.url}   (mails: {info.url}/_local/mails)
  API        {info.url}/api/v1
  docs       {info.url}/docs   (openapi.json beside it)
  payments   {_payments(info, is_real_stripe=is_real_stripe)}
  admin      {ADMIN_EMAIL}      password  {ADMIN_PASSWORD}
  customer   {CUSTOMER_EMAIL}   password  {CUSTOMER_PASSWORD}

{textwrap.indent(example_requests(info.url), "  ")}

{"" if throttle else _THROTTLE_IS_OFF}Press Ctrl-C to stop it. The data stays until `make reset`.
""",
    )


def _payments(info: StackInfo, *, is_real_stripe: bool) -> str:
    if not is_real_stripe:
        return f"{info.stripe_url}   (instead of https://api.stripe.com)"
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
    # A signal handler may run while the loop waits in select(). Only a thread-safe call wakes it.
    loop.call_soon_threadsafe(task.cancel)


def _raise_for_ended_server(servers: BackingServices, error: Exception) -> None:
    """Raise a ServerProblem if a server has ended, because that caused the error."""
    if isinstance(error, ServerProblem):
        return
    for one in servers.started:
        if how := one.child.end():
            raise ServerProblem(f"{one.server.title} ended ({how}): read {one.child.log_file}") from error


def _check_parameters(parameters: Mapping[str, str]) -> None:
    declared = load(stack.TEMPLATE)["Parameters"] if parameters else {}
    if wrong := [reason for name, value in parameters.items() if (reason := refusal(declared, name, value))]:
        raise LocalProblem("; ".join(wrong))


def _progress_printer() -> Callable[[str], None]:
    started = time.monotonic()
    return lambda text: print_message(f"[{time.monotonic() - started:5.1f} s] {text}")


def _log(log_file: Path, settings: Settings) -> Log:
    def on_failure(place: str) -> Callable[[OSError], None]:
        return lambda error: print_message(f"{place} cannot be written ({error.strerror}); the shop continues")

    def on_recovery(place: str) -> Callable[[int], None]:
        return lambda missing: log.warning(f"{place} is written again; {missing} lines before this one are missing")

    screen = LossyWriter(STANDARD_OUTPUT.write, on_failure=on_failure("This log"), on_recovery=on_recovery("This log"))
    file = LossyWriter(
        RotatingLogFile(log_file).write, on_failure=on_failure(str(log_file)), on_recovery=on_recovery(str(log_file))
    )
    log = Log(screen, debug=settings.debug, readable=settings.readable, coloured=settings.coloured, keep=file.write)
    return log
