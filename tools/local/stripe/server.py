"""Owns the local stand-in for Stripe: a process in which a proxy of ours answers for localstripe."""

import sys
from pathlib import Path

from tools import ROOT
from tools.local.servers.aws import without_real_credentials
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port
from tools.local.servers.probe import answers
from tools.local.servers.processes import Launch

_PROGRAM = Path(__file__).with_name("process.py")


class Stripe:
    """The payment provider of one data folder. Its payments stay from one run to the next."""

    name = "stripe"
    title = "Stripe stand-in"
    keeps = "its payments, but for those of its last fifth of a second"
    patience = 10.0

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "stripe"
        self._log_file = data_folder / "logs" / "stripe.log"
        self._port = 0

    @property
    def url(self) -> str:
        """What STRIPE_API_URL must hold."""
        return f"http://{LOOPBACK}:{self._port}"

    def prepare(self) -> Launch:
        """Choose the port; the program is in the environment that runs this."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port(self._folder / "port")
        # -P: the folder of the program is not for imports, or its redis.py would stand for the redis package.
        command = [sys.executable, "-P", str(_PROGRAM), f"--port={self._port}", f"--state={self._folder}/state.pickle"]
        environment = {**without_real_credentials(), "PYTHONPATH": str(ROOT)}
        return Launch(self.name, self.title, command, self._log_file, environment)

    def is_ready(self) -> bool:
        """Whether the server answers."""
        return answers(self._port, "/_health")
