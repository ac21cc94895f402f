"""The README's tour, as a newcomer pastes it into a shell."""

import json
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def said(base_url: str) -> str:
    """What the tour's commands print."""
    blocks: list[str] = re.findall(r"```bash\n(API=.*?)```", _README.read_text(encoding="utf-8"), re.DOTALL)
    [tour] = blocks
    visitor = f"mina-{secrets.token_hex(4)}@example.com"  # a shop knows an address once
    script = re.sub(r"API=\S+", f"API={base_url}/api/v1", tour, count=1).replace("mina@example.com", visitor)
    done = subprocess.run(
        [str(shutil.which("bash")), "-euo", "pipefail", "-c", script.replace("curl ", "curl -sS ")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_answer_is_one_that_the_tour_speaks_of(said: str) -> None:
    problems = [answer["type"].rpartition(":")[2] for answer in _answers(said) if "type" in answer]

    assert problems == ["wrong-order-state", "out-of-stock", "precondition-failed"]


def test_the_order_is_delivered_in_the_end(said: str) -> None:
    histories = [answer["items"] for answer in _answers(said) if "items" in answer and "action" in str(answer)]

    assert [[entry["action"] for entry in history] for history in histories] == [
        ["placed", "confirmed", "shipped", "delivered"]
    ]


def test_the_stock_is_what_the_tour_says(said: str) -> None:
    assert [answer["stock"] for answer in _answers(said) if answer.get("name") == "Enamel kettle"] == [18]


def _answers(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, one after the other."""
    decoder, found, position = json.JSONDecoder(), list[dict[str, Any]](), 0
    while (position := text.find("{", position)) >= 0:
        answer, position = decoder.raw_decode(text, position)
        found.append(answer)
    return found
