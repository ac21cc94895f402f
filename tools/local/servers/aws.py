"""The local stand-in for AWS (EventBridge, SQS, SES, S3, Secrets Manager): a moto server process."""

import os
import sys
from pathlib import Path

from tools import ROOT
from tools.local.servers import aws_paths
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port
from tools.local.servers.probe import is_healthy
from tools.local.servers.processes import Launch

_PROGRAM = Path(__file__).with_name("moto_process.py")


class Aws:
    """The AWS stand-in of one data folder. Its state is in memory only."""

    name = "aws"
    title = "AWS stand-in"
    retained_state = "nothing: its queues, buckets and list of mails are empty"
    stop_timeout = 5.0

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "aws"
        self._log_file = data_folder / "logs" / "aws.log"
        self._port = 0

    @property
    def url(self) -> str:
        """The value of AWS_ENDPOINT_URL."""
        return f"http://{LOOPBACK}:{self._port}"

    def prepare(self) -> Launch:
        """Choose the port."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port(self._folder / "port")
        # -P: without it, redis.py in the folder of the program would shadow the redis package.
        command = [sys.executable, "-P", str(_PROGRAM), "-H", LOOPBACK, "-p", str(self._port)]
        environment = {**without_real_credentials(), "PYTHONPATH": str(ROOT)}
        return Launch(self.name, self.title, command, self._log_file, environment, restart_arguments=["--closed"])

    def is_ready(self) -> bool:
        """Whether the server responds."""
        return is_healthy(self._port, aws_paths.READY)


def without_real_credentials() -> dict[str, str]:
    """Returns the environment without the variables of AWS, which could name a real account."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
