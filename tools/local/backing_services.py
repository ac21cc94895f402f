"""Starts and stops the servers that the shop needs: database, Redis, and the stand-ins for AWS and Stripe."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tools.local.servers.aws import Aws
from tools.local.servers.database import Database
from tools.local.servers.external import ExternalServers
from tools.local.servers.processes import Child, Launch, Processes
from tools.local.servers.redis import Redis
from tools.local.stripe.account import StripeAccount
from tools.local.stripe.server import Stripe

_SECONDS_TO_START = 120  # moto takes 30 on a machine that is busy with other things


class Server(Protocol):
    """A server to start. `title` is its name in messages, `retained_state` the state there that survives a restart."""

    name: str
    title: str
    retained_state: str
    stop_timeout: float

    def prepare(self) -> Launch: ...
    def is_ready(self) -> bool: ...


@dataclass
class StartedServer:
    """A started server with its current process."""

    server: Server
    launch: Launch
    child: Child


class BackingServices:
    """The servers of one data folder. Their URLs are known after the start.

    A server that the environment names (see ExternalServers) is checked and not started.
    Start them from a thread that lives as long as they are needed: on Linux they end with it (see Processes.start).

    Args:
        data_folder: the folder of data, passwords, logs and the record of processes.
        durable: False for tests: a power failure may corrupt the data.
        progress: called with a short description of each slow step.
    """

    def __init__(self, data_folder: Path, *, durable: bool = True, progress: Callable[[str], None] = print) -> None:
        data_folder = data_folder.resolve()
        self.processes = Processes(data_folder / "run")
        self._progress = progress
        self._external = ExternalServers.from_environment()
        self.stripe_account = StripeAccount.from_environment()
        self._database = Database(data_folder, durable=durable, progress=lambda step: progress(f"database: {step}"))
        self._redis = Redis(data_folder, durable=durable)
        self._aws = Aws(data_folder)
        self._stripe = Stripe(data_folder)
        self._started: list[StartedServer] = []

    @property
    def database_url(self) -> str:
        """mysql://user:password@host:port/database."""
        return self._external.database_url or self._database.url

    @property
    def migration_database_url(self) -> str:
        """The same database with a user that may change tables. It may be the same user."""
        return self._external.migration_database_url or self._external.database_url or self._database.migration_url

    @property
    def redis_url(self) -> str:
        """redis://:password@host:port/0."""
        return self._external.redis_url or self._redis.url

    @property
    def aws_endpoint_url(self) -> str:
        """http://host:port of the AWS stand-in."""
        return self._aws.url

    @property
    def stripe_url(self) -> str:
        """http://host:port of the local payment provider, or the URL of Stripe."""
        return self.stripe_account.url if self.stripe_account else self._stripe.url

    def start(self) -> None:
        """Start all servers concurrently, and return when each responds.

        Raises:
            ServerProblem: an external server cannot be used, or a server could not be started. The others are stopped.
        """
        self._external.check()
        if self.stripe_account:
            self.stripe_account.check()
        for name in self.processes.stop_orphans():
            self._progress(f"{name}: stopped the process of a killed run")
        self._start_all(self._local_servers())

    @property
    def started(self) -> Sequence[StartedServer]:
        """The started servers, whether or not they still run."""
        return tuple(self._started)

    def restart(self, one: StartedServer) -> None:
        """Restart a server with the same port and data, without waiting. Call it from the thread of `start`."""
        self.processes.stop(one.child, timeout=0)  # a child process of the server may still hold the port
        one.child = self.processes.start(one.launch, is_restart=True)

    def stop(self) -> None:
        """Stop the started servers. The database is last, because others may still write to it."""
        with contextlib.ExitStack() as stops:  # an error of one does not prevent the others
            for one in sorted(self._started, key=lambda one: one.server is not self._database):
                stops.callback(self.processes.stop, one.child, one.server.stop_timeout)
        self._started.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _local_servers(self) -> list[Server]:
        servers: list[Server] = [self._aws]
        if not self.stripe_account:
            servers.append(self._stripe)
        if not self._external.redis_url:
            servers.append(self._redis)
        if not self._external.database_url:
            servers.append(self._database)
        return servers

    def _start_all(self, servers: list[Server]) -> None:
        # Only preparing and waiting are concurrent. This thread starts the processes: they end with their thread.
        with ThreadPoolExecutor(len(servers)) as pool:
            prepared = {pool.submit(server.prepare): server for server in servers}
            starting: dict[Future[None], Server] = {}
            try:
                for launch in as_completed(prepared):
                    server = prepared[launch]
                    child = self.processes.start(launch.result())
                    self._started.append(StartedServer(server, launch.result(), child))
                    starting[pool.submit(child.wait_until, server.is_ready, _SECONDS_TO_START)] = server
                for start in as_completed(starting):
                    start.result()
                    self._progress(f"{starting[start].title}: ready")
            except BaseException:
                self.stop()  # before the end of the pool, which would wait for servers that still start
                raise
