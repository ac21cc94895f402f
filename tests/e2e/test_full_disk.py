"""The shop while nothing can be written: neither its log, nor the record of its servers."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.runner import ROOT, Runner, eventually
from tools.local.servers.process_table import is_running


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_the_shop_serves_and_an_interrupt_stops_every_server(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.local", "--data-folder", str(tmp_path), "run", "--port=0"]
    with Path("/dev/full").open("wb") as full:
        shop = subprocess.Popen(command, cwd=ROOT, stdout=full, stderr=full)
    eventually((tmp_path / "run" / "stack.json").exists, "the shop serves")
    servers = [entry["pid"] for entry in json.loads((tmp_path / "run" / "processes.json").read_text())]
    (tmp_path / "run" / "processes.new").mkdir()  # not even root can write the record now

    health = requests.get(f"{Runner(tmp_path).url}/api/v1/health", timeout=30)
    os.kill(shop.pid, signal.SIGINT)

    assert health.json()["status"] == "ok"
    assert shop.wait(timeout=240) == 0
    assert [pid for pid in servers if is_running(pid)] == []
