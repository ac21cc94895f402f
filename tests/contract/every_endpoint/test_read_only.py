"""Every endpoint that changes something is refused while the shop is read-only, and its description says so."""

import ast

import pytest

from tests.support.api_description import operations, resolved
from tests.support.functions import FOLDER, NAMES

_GO_ON = {"users/log_in", "users/log_out"}
_SAFE = ("get", "head", "options")


def test_only_coming_and_going_is_not_refused() -> None:
    assert {name for name in NAMES if "while_read_only" in _settings_of_endpoint(name)} == _GO_ON


@pytest.mark.parametrize("name", [each.name for each in operations()])
def test_the_description_declares_read_only_for_writes_alone(name: str) -> None:
    [found] = [each for each in operations() if each.name == name]
    goes_on = found.method.lower() in _SAFE or found.name in {function.rpartition("/")[2] for function in _GO_ON}

    answers = [resolved(answer) for answer in found.description["responses"].values()]

    examples = {
        example
        for answer in answers
        for content in answer.get("content", {}).values()
        for example in content.get("examples", {})
    }
    assert ("read-only" in examples) is not goes_on


def _settings_of_endpoint(name: str) -> set[str | None]:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return {keyword.arg for call in calls if call.func.id == "endpoint" for keyword in call.keywords}  # type: ignore[attr-defined]
