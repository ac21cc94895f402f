"""Exit of commands after Ctrl-C."""

import subprocess
import sys

from tools import ROOT

_INTERRUPTED_WHILE_CONNECTING = """
import http.client
from tools.problems import exit_on_problem

class Interrupted:
    def makefile(self, mode):
        raise KeyboardInterrupt

with exit_on_problem("microshop"):
    http.client.HTTPResponse(Interrupted())
"""


def test_interrupt_ignores_errors_in_finalisers_of_unfinished_objects() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHILE_CONNECTING], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (130, "\nmicroshop: stopped\n")
