"""The whole shop behind `sam local start-api` instead of the local stack, for tests over HTTP."""

from __future__ import annotations

import contextlib
import functools
import io
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import requests

from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address, redis_address
from tests.support.payments_provider import PaymentsProvider
from tests.support.sam_build import build
from tests.support.shop import ROOM_FOR_ORDERS, Shop
from tools import ROOT
from tools.demo.data import load_demo_data
from tools.local.events import resources
from tools.local.request_limits import no_limits
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port
from tools.local.stripe.registration import register
from tools.sam_image.image import ensure_image
from tools.sam_local.bridge import AWS_PORT, Bridge
from tools.sam_local.command import environment, serving
from tools.sam_local.command_lines import CommandLines
from tools.sam_local.functions import EVERYTHING
from tools.templates.inventory import read_inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.servers import ServerUrls
    from tools.templates.model import Inventory

_PATIENCE_SECONDS = 600.0  # only ends a run that hangs


@contextlib.contextmanager
def running_sam_shop(servers: ServerUrls, folder: Path) -> Iterator[Shop]:
    """The shop with its demo data. Functions of a schedule can be invoked, as in `running_shop`."""
    assert servers.stripe is not None
    migrate(servers.migration_database)
    load_demo_data(servers.database, servers.redis, lambda _: None)
    ensure_image()
    build(folder / "build")
    secret = register(servers.stripe, folder, servers.aws_endpoint)
    with Bridge() as bridge, contextlib.ExitStack() as stack:
        inventory = _inventory(servers, bridge, secret.secret_arn)
        resources.create(inventory, servers.aws_endpoint)
        api, background = stack.enter_context(_commands(folder, bridge, inventory))
        provider = PaymentsProvider(servers.stripe)
        provider.reset()
        shop = Shop(
            api,
            Database(database_address(servers.database)),
            Redis(redis_address(servers.redis)),
            io.StringIO(),
            provider,
            secret.webhook_secret,
            background,
        )
        with contextlib.closing(shop):
            yield shop


def _inventory(servers: ServerUrls, bridge: Bridge, secret_arn: str) -> Inventory:
    reached = {
        "DatabaseUrl": bridge.forward(servers.database),
        "MigrationDatabaseUrl": bridge.forward(servers.migration_database),
        "RedisUrl": bridge.forward(servers.redis),
        "StripeApiUrl": bridge.forward(str(servers.stripe)),
        "StripeSecretArn": secret_arn,
    }
    aws_endpoint_url = bridge.forward(servers.aws_endpoint, AWS_PORT)
    template = ROOT / "template.yaml"
    parameters = EVERYTHING | ROOM_FOR_ORDERS | no_limits(template) | reached
    return read_inventory(template, parameters=parameters, aws_endpoint_url=aws_endpoint_url)


@contextlib.contextmanager
def _commands(folder: Path, bridge: Bridge, inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Run `sam local start-api` for the root stack and `start-lambda` for the schedules. Yields both URLs."""
    lines = CommandLines(folder / "build", folder, inventory, bridge)
    with (
        _serving(lines.start_api, folder / "api") as api,
        _serving(functools.partial(lines.start_lambda, "Schedules"), folder / "lambda") as background,
    ):
        yield api, background


@contextlib.contextmanager
def _serving(command: Callable[[int], list[str]], folder: Path) -> Iterator[str]:
    folder.mkdir()
    port = free_port(folder / "port")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(serving(command(port)), cwd=ROOT, env=environment(), stdout=log, stderr=log)
    try:
        _wait(process, f"http://{LOOPBACK}:{port}/", folder / "log")
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.send_signal(signal.SIGTERM)  # it also stops its containers
        process.wait(_PATIENCE_SECONDS)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(url, timeout=_PATIENCE_SECONDS)
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text())
