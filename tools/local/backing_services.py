"""The servers that the shop needs: a database, a Redis, stand-ins for AWS and Stripe, started and stopped together."""

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
    """A kind of server. `title` is its name for people, `retained_state` names in messages what survives a restart."""

    name: str
    title: str
    retained_state: str
    patience: float

    def prepare(self) -> Launch: ...
    def is_ready(self) -> bool: ...


@dataclass
class Started:
    """A server that was started, with its current process."""

    server: Server
    launch: Launch
    child: Child


class Servers:
    """The running servers of one data folder, private to it; the URLs are known once they are started.

    A server that the environment names (see ExternalServers) is checked and not started.
    Start them from a thread that lives as long as they are needed: on Linux they end with it (see Processes.start).

    Args:
        data_folder: where data, passwords, logs and the record of processes are kept between runs.
        durable: False lets a power cut lose what was written, for tests.
        progress: told in a few words what takes time.
    """

    def __init__(self, data_folder: Path, *, durable: bool = True, progress: Callable[[str], None] = print) -> None:
        data_folder = data_folder.resolve()
        self.processes = Processes(data_folder / "run")
        self._progress = progress
        self._given = ExternalServers.from_environment()
        self.stripe_account = StripeAccount.from_environment()
        self._database = Database(data_folder, durable=durable, progress=lambda step: progress(f"database: {step}"))
        self._redis = Redis(data_folder, durable=durable)
        self._aws = Aws(data_folder)
        self._stripe = Stripe(data_folder)
        self._started: list[Started] = []

    @property
    def database_url(self) -> str:
        """mysql://user:password@host:port/database."""
        return self._given.database_url or self._database.url

    @property
    def migration_database_url(self) -> str:
        """The same database with the user that may change tables, where there is one of its own."""
        return self._given.migration_database_url or self._given.database_url or self._database.migration_url

    @property
    def redis_url(self) -> str:
        """redis://:password@host:port/0."""
        return self._given.redis_url or self._redis.url

    @property
    def aws_endpoint_url(self) -> str:
        """http://host:port of the AWS stand-in."""
        return self._aws.url

    @property
    def stripe_url(self) -> str:
        """http://host:port of the local payment provider, or the URL of the given one."""
        return self.stripe_account.url if self.stripe_account else self._stripe.url

    def start(self) -> None:
        """Start all at the same time and return when each answers.

        Raises:
            ServerProblem: a given one cannot be used, or one could not be started; the others are stopped again.
        """
        self._given.check()
        if self.stripe_account:
            self.stripe_account.check()
        for name in self.processes.stop_leftovers():
            self._progress(f"{name}: stopped one that a killed run had left")
        self._start_all(self._wanted())

    @property
    def started(self) -> Sequence[Started]:
        """The servers that were started, whether or not they still run."""
        return tuple(self._started)

    def restart(self, one: Started) -> None:
        """Restart a server that ended, on its port and data, without waiting. Call it from the thread of `start`."""
        self.processes.stop(one.child, patience=0)  # a child process of the server may still hold the port
        one.child = self.processes.start(one.launch, is_restart=True)

    def stop(self) -> None:
        """Stop what was started, the database last: the others may still write to it."""
        with contextlib.ExitStack() as all_of_them:  # an error with one keeps none of the others running
            for one in sorted(self._started, key=lambda one: one.server is not self._database):
                all_of_them.callback(self.processes.stop, one.child, one.server.patience)
        self._started.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _wanted(self) -> list[Server]:
        wanted: list[Server] = [self._aws]
        if not self.stripe_account:
            wanted.append(self._stripe)
        if not self._given.redis_url:
            wanted.append(self._redis)
        if not self._given.database_url:
            wanted.append(self._database)
        return wanted

    def _start_all(self, wanted: list[Server]) -> None:
        # Preparing and waiting is done side by side; the starting itself stays in this thread, which outlives them.
        with ThreadPoolExecutor(len(wanted)) as pool:
            prepared = {pool.submit(server.prepare): server for server in wanted}
            answering: dict[Future[None], Server] = {}
            try:
                for launch in as_completed(prepared):
                    server = prepared[launch]
                    child = self.processes.start(launch.result())
                    self._started.append(Started(server, launch.result(), child))
                    answering[pool.submit(child.wait_until, server.is_ready, _SECONDS_TO_START)] = server
                for answer in as_completed(answering):
                    answer.result()
                    self._progress(f"{answering[answer].title}: ready")
            except BaseException:
                self.stop()  # here, so that nobody waits for an answer that is no longer wanted
                raise
