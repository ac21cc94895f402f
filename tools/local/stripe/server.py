"""The process of the Stripe stand-in: its port, its command and its health check."""

import sys
from pathlib import Path

from tools import ROOT
from tools.local.servers.aws import without_real_credentials
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port
from tools.local.servers.probe import is_healthy
from tools.local.servers.processes import Launch

_PROGRAM = Path(__file__).with_name("process.py")


class Stripe:
    """The payment provider of one data folder. Its payments persist between runs."""

    name = "stripe"
    title = "Stripe stand-in"
    retained_state = "its payments, except changes of the last 0.2 seconds"
    stop_timeout = 10.0

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "stripe"
        self._log_file = data_folder / "logs" / "stripe.log"
        self._port = 0

    @property
    def url(self) -> str:
        """The value of STRIPE_API_URL."""
        return f"http://{LOOPBACK}:{self._port}"

    def prepare(self) -> Launch:
        """Choose the port."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port(self._folder / "port")
        # -P: without it, modules in the folder of the program could shadow packages.
        command = [sys.executable, "-P", str(_PROGRAM), f"--port={self._port}", f"--state={self._folder}/state.pickle"]
        environment = {**without_real_credentials(), "PYTHONPATH": str(ROOT)}
        return Launch(self.name, self.title, command, self._log_file, environment)

    def is_ready(self) -> bool:
        """Whether the server responds."""
        return is_healthy(self._port, "/_health")
