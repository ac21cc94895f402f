"""The commands of the API guide and the front-end guide, pasted into a shell while a shop runs."""

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.runner import Runner
from tests.support.shell_blocks import json_objects, run_blocks, shell_blocks

_RUN_ELSEWHERE = ("npx ", "python3 -m http.server")  # needs npm; serves the example of test_checkout_example.py


@pytest.fixture
def folder(runner: Runner, tmp_path: Path) -> Path:
    """A folder in which the shop runs, as `make run` does in the repository."""
    (tmp_path / ".microshop").symlink_to(runner.data_folder)
    return tmp_path


def test_the_commands_of_the_api_guide_give_the_documented_answers(runner: Runner, folder: Path) -> None:
    profile, page, next_page, listings, facets, listing, order, same_order, precondition, missing = _answers(
        "api-guide.md", runner, folder
    )

    assert profile["email"] == "customer@example.com"
    assert (len(page["items"]), page["count"]["exact"], len(next_page["items"])) == (2, True, 2)
    assert {"colour"} <= {code for item in listings["items"] for code in item["options"]}
    assert {value["code"] for option in facets["options"] for value in option["values"]} >= {"red", "navy"}
    assert (listing["slug"], listing["language"]) == ("linen-shirt", "zh")
    assert order["id"] == same_order["id"]
    assert (precondition["status"], precondition["type"]) == (412, "urn:microshop:problem:precondition-failed")
    assert missing["type"] == "urn:microshop:problem:not-found"
    assert requests.get(missing["help"], timeout=30).ok


def test_the_commands_of_the_front_end_guide_place_and_pay_an_order(runner: Runner, folder: Path) -> None:
    refused, payment, intent, order = _answers("front-end.md", runner, folder)

    assert refused["type"] == "urn:microshop:problem:price-changed"
    assert refused["prices"]["total"] == order["total"] == "16.80"
    assert (payment["status"], intent["status"]) == ("open", "succeeded")
    assert intent["client_secret"] == payment["client_secret"]


def _answers(document: str, runner: Runner, folder: Path) -> list[dict[str, Any]]:
    blocks = [block for block in shell_blocks(document) if not block.startswith(_RUN_ELSEWHERE)]
    done = run_blocks(blocks, url=runner.url, folder=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return json_objects(done.stdout)
