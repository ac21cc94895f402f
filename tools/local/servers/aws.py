"""Owns the local stand-in for AWS (EventBridge, SQS, SES, S3, Secrets Manager): a moto server process."""

import os
import sys
from pathlib import Path

from tools import ROOT
from tools.local.servers import aws_paths
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port
from tools.local.servers.probe import answers
from tools.local.servers.processes import Launch

_PROGRAM = Path(__file__).with_name("moto_process.py")


class Aws:
    """The AWS stand-in of one data folder. Its state lives in its memory and ends with it."""

    name = "aws"
    title = "AWS stand-in"
    keeps = "nothing: what lay in its queues and buckets and its list of mails is gone"
    patience = 5.0

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "aws"
        self._log_file = data_folder / "logs" / "aws.log"
        self._port = 0

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL must hold."""
        return f"http://{LOOPBACK}:{self._port}"

    def prepare(self) -> Launch:
        """Choose the port; the program is in the environment that runs this."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port(self._folder / "port")
        # -P: the folder of the program is not for imports, or its redis.py would stand for the redis package.
        command = [sys.executable, "-P", str(_PROGRAM), "-H", LOOPBACK, "-p", str(self._port)]
        environment = {**without_real_credentials(), "PYTHONPATH": str(ROOT)}
        return Launch(self.name, self.title, command, self._log_file, environment, more_when_again=["--closed"])

    def is_ready(self) -> bool:
        """Whether the server answers."""
        return answers(self._port, aws_paths.READY)


def without_real_credentials() -> dict[str, str]:
    """The environment less all that could lead to a real account."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
