"""The README's tour, as a newcomer pastes it into a shell."""

import json
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def said(base_url: str, request: pytest.FixtureRequest) -> str:
    """What the tour's commands print. Elsewhere than on this machine, STRIPE_URL is where the test cards are taken."""
    blocks: list[str] = re.findall(r"```bash\n(API=.*?)```", _README.read_text(encoding="utf-8"), re.DOTALL)
    [tour] = blocks
    visitor = f"mina-{secrets.token_hex(4)}@example.com"  # a shop knows an address once
    stripe_url = os.environ.get("STRIPE_URL") or request.getfixturevalue("runner").stripe_url
    script = re.sub(r"API=\S+", f"API={base_url}/api/v1", tour, count=1).replace("mina@example.com", visitor)
    script = re.sub(r"STRIPE=.*", f"STRIPE={stripe_url}", script, count=1)
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

    assert problems == [
        "order-disputed",
        "wrong-order-state",
        "refund-too-large",
        "out-of-stock",
        "price-changed",
        "precondition-failed",
    ]


def test_the_order_is_delivered_in_the_end(said: str) -> None:
    histories = [answer["items"] for answer in _answers(said) if "items" in answer and "action" in str(answer)]

    # The decline may come after the payment, and is then no news.
    actions = [[entry["action"] for entry in history if entry["action"] != "payment_failed"] for history in histories]
    assert actions == [["placed", "paid", "shipped", "delivered", "partially_refunded"]]


def test_the_payment_is_captured_once_and_the_refund_made_once(said: str) -> None:
    answers = _answers(said)

    assert [answer["status"] for answer in answers if "client_secret" in answer and "payment_id" in answer] == [
        "open",
        "captured",
    ]
    [of_order] = [answer for answer in answers if "ledger" in answer]
    assert [(each["captured"], each["refunded"]) for each in of_order["payments"]] == [("91.70", "39.90")]
    refunds = [answer for answer in answers if "restock" in answer]
    assert [refund["status"] for refund in refunds] == ["succeeded"] * 2
    assert {refund["refund_id"] for refund in refunds} == {of_order["refunds"][0]["refund_id"]}


def test_the_dispute_is_shown_open_and_then_won(said: str) -> None:
    orders = [order for answer in _answers(said) for order in answer.get("items", [answer]) if order.get("dispute")]

    assert [order["dispute"]["status"] for order in orders] == ["open", "won"]


def test_the_stock_is_what_the_tour_says(said: str) -> None:
    assert [answer["stock"] for answer in _answers(said) if answer.get("name") == "Enamel kettle"] == [18, 19]


def _answers(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, one after the other."""
    decoder, found, position = json.JSONDecoder(), list[dict[str, Any]](), 0
    while (position := text.find("{", position)) >= 0:
        answer, position = decoder.raw_decode(text, position)
        found.append(answer)
    return found
