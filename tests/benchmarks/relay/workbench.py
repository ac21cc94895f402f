"""The servers and processes of the relay's benchmark: a database, the quick bus, and relays of two releases."""

import contextlib
import io
import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from microshop.migrations.runner import migrate
from microshop.platform import settings
from microshop.platform.mysql import Database
from tests.support.functions import ROOT
from tools.local.backing_services import BackingServices
from tools.previous_release import released_archive

BUS = "microshop-benchmark"
WARM_UP_EVENTS = 10

_HERE = Path(__file__).parent
_SOURCES = ("functions", "layers/shared")
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")

# The event of an order with two lines.
_DETAIL = json.dumps(
    {
        "id": "5f1c29a8-4d7e-4c53-9a55-3f1f0c7e1a10",
        "version": 1,
        "time": "2026-11-30T04:00:00.123456+00:00",
        "trace": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        "data": {
            "order_id": 17,
            "order_number": "M7K2-QX4D-91",
            "order_version": 1,
            "user_id": 3,
            "status": "pending",
            "payment_status": "unpaid",
            "total_minor": 5498,
            "currency": "USD",
            "lines": [{"product_id": 1, "name": "Kettle", "unit_price_minor": 1999, "quantity": 2}] * 2,
        },
    }
)
_FILL = """
INSERT INTO outbox (event_id, type, aggregate, detail, trace_header, created_at, next_attempt_at)
SELECT UUID(), 'OrderCreated', 'order:17', %(detail)s, 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1',
    %(now)s, %(due)s
FROM information_schema.collations AS one, information_schema.collations AS two
LIMIT %(count)s
"""
_LAGS = """
SELECT TIMESTAMPDIFF(MICROSECOND, created_at, published_at) / 1000000 AS seconds
FROM outbox
WHERE published_at IS NOT NULL
ORDER BY seconds
"""


@dataclass(frozen=True)
class Run:
    """What a run of the relay did. Memory is the peak of its process."""

    published: int
    seconds: float
    cpu_seconds: float
    peak_mib: float


@dataclass(frozen=True)
class Release:
    """A release's name in tables, and the folder with its code."""

    name: str
    folder: Path

    @property
    def path(self) -> list[str]:
        """sys.path of its relay."""
        code = [str(self.folder / "functions" / "events"), str(self.folder / "layers" / "shared")]
        return [*code, sysconfig.get_path("purelib")]


class Workbench:
    """A database with an outbox, the quick bus, and relays that publish there."""

    def __init__(self, servers: BackingServices, bus_url: str, previous: Release) -> None:
        self.previous, self.now = previous, Release("this release", ROOT)
        self._database_url, self._bus_url = servers.database_url, bus_url
        self.database = self.connect()

    def connect(self) -> Database:
        """Opens a connection to the database."""
        return Database(settings.database_address(self._database_url), read_timeout_seconds=300)

    def fill(self, count: int, *, due_in: timedelta = timedelta(0)) -> None:
        """Add events to the outbox."""
        now = datetime.now(UTC)
        self.database.execute(_FILL, {"detail": _DETAIL, "now": now, "due": now + due_in, "count": count})

    def empty(self) -> None:
        """Delete all events."""
        self.database.execute("DELETE FROM outbox")

    def lags(self) -> list[float]:
        """Returns for each published event the seconds from its creation until it was marked, in rising order."""
        return [float(row["seconds"]) for row in self.database.rows(_LAGS)]

    def relay(self, release: Release, *, runs: int = 1, bus_url: str | None = None) -> list[Run]:
        """Run a relay until the outbox is empty. Returns its runs."""
        return self.finished(self.start_relay(release, runs=runs, bus_url=bus_url))

    def start_relay(
        self,
        release: Release,
        *,
        seconds: float = 58,
        runs: int = 1,
        continuous: bool = False,
        bus_url: str | None = None,
    ) -> subprocess.Popen[str]:
        """Start a relay: it ends when the outbox is empty, or if it is `continuous`, when its time is up."""
        command = [sys.executable, *self._program(release, seconds=seconds, runs=runs)]
        environment = self._environment(bus_url or self._bus_url, continuous=continuous)
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finished(self, relay: subprocess.Popen[str]) -> list[Run]:
        """Wait until the relay has ended. Returns its runs."""
        _, errors = relay.communicate()
        assert relay.returncode == 0, errors
        return [Run(**run) for run in json.loads(errors.splitlines()[-1])]

    def instructions(self, release: Release, events: int) -> int:
        """Returns the instructions of a relay that publishes `events`, from its start to its end."""
        self.empty()
        self.fill(events)
        command = [*_VALGRIND, sys.executable, *self._program(release, seconds=600, runs=1, any_pace=True)]
        environment = self._environment(self._bus_url, continuous=False) | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        assert len(self.lags()) == events, done.stderr
        counted = _COUNTED.search(done.stderr)
        assert counted, done.stderr
        return int(counted[1].replace(",", ""))

    def _program(self, release: Release, *, seconds: float, runs: int, any_pace: bool = False) -> list[str]:
        task = {"path": release.path, "seconds": seconds, "runs": runs, "any_pace": any_pace}
        return ["-I", "-S", str(_HERE / "relay_process.py"), json.dumps(task)]

    def _environment(self, bus_url: str, *, continuous: bool) -> dict[str, str]:
        return {
            "DATABASE_URL": self._database_url,
            "EVENT_BUS_NAME": BUS,
            "CONTINUOUS_RELAY": "on" if continuous else "off",
            "POWERTOOLS_SERVICE_NAME": "microshop",
            "POWERTOOLS_METRICS_NAMESPACE": "microshop",
            "AWS_ENDPOINT_URL": bus_url,
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "AWS_SESSION_TOKEN": "benchmark",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }


@contextlib.contextmanager
def workbench() -> Iterator[Workbench]:
    """Start the servers; stop them at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder,
        BackingServices(Path(folder) / "servers", progress=lambda _: None) as servers,
        subprocess.Popen([sys.executable, str(_HERE / "quick_bus.py")], stdout=subprocess.PIPE, text=True) as bus,
    ):
        assert bus.stdout is not None
        try:
            migrate(servers.migration_database_url)
            with tarfile.open(fileobj=io.BytesIO(released_archive(*_SOURCES))) as archive:
                archive.extractall(Path(folder) / "previous", filter="data")
            previous = Release("previous release", Path(folder) / "previous")
            bench = Workbench(servers, bus.stdout.readline().strip(), previous)
            yield bench
            bench.database.close()
        finally:
            bus.terminate()


def add_at_a_rate(bench: Workbench, *, events_per_second: int, seconds: int) -> None:
    """Add events one by one, each at its time, whatever the others take."""
    start = time.monotonic()
    for number in range(events_per_second * seconds):
        time.sleep(max(start + number / events_per_second - time.monotonic(), 0))
        bench.fill(1)


def percentile(values: Sequence[float], percent: int) -> float:
    """Returns a percentile of values in rising order."""
    return values[min(len(values) * percent // 100, len(values) - 1)]
