"""moto, the local stack's stand-in for AWS, as the bus of a relay."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import boto3

from tools.local.servers.aws import Aws
from tools.local.servers.processes import Processes

_SECONDS_TO_START = 60


@dataclass(frozen=True)
class Moto:
    """A running moto."""

    url: str
    pid: int

    def create_bus(self, name: str) -> None:
        """Create a bus with a rule that delivers all events to a queue."""
        events, queues = self._client("events"), self._client("sqs")
        queue = queues.create_queue(QueueName=name)["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name=name)
        events.put_rule(Name="all", EventBusName=name, EventPattern='{"source": ["microshop"]}')
        events.put_targets(Rule="all", EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])

    def _client(self, service: Literal["events", "sqs"]) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="eu-central-1",
            aws_access_key_id="benchmark",
            aws_secret_access_key="benchmark",
        )

    def cpu_seconds(self) -> float:
        """Returns the CPU that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running_moto() -> Iterator[Moto]:
    """Run moto within the `with` block."""
    with tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder:
        aws, processes = Aws(Path(folder)), Processes(Path(folder) / "run")
        child = processes.start(aws.prepare())
        try:
            child.wait_until(aws.is_ready, _SECONDS_TO_START)
            yield Moto(aws.url, child.process.pid)
        finally:
            processes.stop(child, aws.stop_timeout)
