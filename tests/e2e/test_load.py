"""`make load` against the running local shop."""

import os
import subprocess
from pathlib import Path

from tests.support.runner import ROOT, Runner


def test_a_load_test_orders_pays_and_ships_and_cleans_up(runner: Runner, tmp_path: Path) -> None:
    page = tmp_path / "load.md"

    done = _load(runner, "RATE=40", "DURATION=3", f"RESULT={page}")

    assert done.returncode == 0, done.stdout + done.stderr
    for step in ("read product", "place order", "pay at the provider", "admin: list orders", "admin: adjust stock"):
        assert step in done.stdout
    assert "verdict" in done.stdout
    assert "20 products of 20 archived" in done.stdout
    assert page.read_text(encoding="utf-8").startswith(f"# Load test of {runner.url} (the running local shop)\n")
    database = runner.database()
    left = database.row("SELECT COUNT(*) AS products FROM products WHERE category = 'load-test' AND NOT archived")
    database.close()
    assert left == {"products": 0}


def test_production_is_refused(runner: Runner) -> None:
    done = _load(runner, "URL=https://api.example.com", "STAGE=prod")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "load: https://api.example.com serves customers: FORCE=yes sends the load there anyway\n"


def _load(runner: Runner, *variables: str) -> "subprocess.CompletedProcess[str]":
    command = [str(runner.python), "-m", "tools.load", "--data-folder", str(runner.data_folder), *variables]
    return subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=240, check=False
    )
