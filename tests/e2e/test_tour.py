"""`make tour` against a running shop, and its output in docs/tour.md."""

import json
import os
import subprocess
from pathlib import Path

from tests.support.runner import ROOT, Runner


def test_the_tour_prints_its_document_at_each_run(runner: Runner, tmp_path: Path) -> None:
    for _ in range(2):
        done = _tour(runner, runner.data_folder, "--transcript", str(tmp_path / "tour.md"))

        assert (done.returncode, done.stderr) == (0, "")
        assert "\033" not in done.stdout  # no colours in a pipe
        written = (tmp_path / "tour.md").read_text(encoding="utf-8")
        assert written == (ROOT / "docs/tour.md").read_text(encoding="utf-8"), "make tour TRANSCRIPT=docs/tour.md"


def test_the_readme_shows_an_excerpt_of_the_tour() -> None:
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition("make tour\n")
    excerpt, _, _ = rest.partition("```")

    parts = [part.strip("\n") for part in excerpt.split("…\n")]
    document = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    assert len(parts) > 1
    assert [part for part in parts if part not in document] == []


def test_the_tour_asks_to_start_the_shop_when_none_runs(runner: Runner, tmp_path: Path) -> None:
    done = _tour(runner, tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "tour: the shop is not running: start it with `make run`\n"


def test_the_tour_names_an_unexpected_answer_in_one_sentence(runner: Runner, tmp_path: Path) -> None:
    parts = {**runner.parts, "stripe_url": runner.url}  # the shop has no endpoint for cards
    (tmp_path / "run").mkdir()
    (tmp_path / "run/stack.json").write_text(json.dumps(parts), encoding="utf-8")

    done = _tour(runner, tmp_path)

    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert "its status is 404, not 402" in sentence


def _tour(runner: Runner, data_folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [str(runner.python), "-m", "tools.tour", "--data-folder", str(data_folder), *more]
    return subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=240, check=False
    )
