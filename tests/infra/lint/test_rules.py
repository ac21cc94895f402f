"""Every rule of ours on templates that break it, and on ones that are as they should be."""

from pathlib import Path
from typing import Any

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.rules import Rules
from cfnlint.runner.template import run_template_by_file_path

from tools.lint.__main__ import RULES
from tools.lint.deployed import read

_TEMPLATES = Path(__file__).parent / "templates"
_OURS = Rules.create_from_directory(str(RULES))
_IDS = sorted(_OURS.data)


def test_every_rule_has_a_template_that_breaks_it_and_one_that_keeps_it() -> None:
    there = {file.name for file in _TEMPLATES.iterdir()}

    assert there == {f"{rule}.{kind}.yaml" for rule in _IDS for kind in ("wrong", "right")}


@pytest.mark.parametrize("rule", _IDS)
def test_a_rule_finds_everything_that_is_wrong_and_says_which_it_is(rule: str) -> None:
    file = _TEMPLATES / f"{rule}.wrong.yaml"
    wrong = {line.strip(" :\n") for line in file.read_text().splitlines() if line.startswith("  Wrong")}

    found = _findings(rule, file)

    assert wrong
    assert {_place(finding) for finding in found} == ({"Resources"} if rule == "E9000" else wrong)


@pytest.mark.parametrize("rule", _IDS)
def test_a_rule_has_nothing_to_say_of_what_is_right(rule: str) -> None:
    file = _TEMPLATES / f"{rule}.right.yaml"
    assert read(file).by_id  # a rule has nothing to say either of what it cannot read

    found = _findings(rule, file)

    assert [finding.message for finding in found] == []


@pytest.mark.parametrize("rule", _IDS)
def test_a_finding_names_the_resource_and_the_line_where_it_begins(rule: str) -> None:
    file = _TEMPLATES / f"{rule}.wrong.yaml"
    lines = file.read_text().splitlines()

    for finding in _findings(rule, file):
        assert "Wrong" in finding.message
        assert lines[finding.linenumber - 1].strip() == f"{_place(finding)}:"


def test_a_template_that_sam_refuses_is_told_of_once() -> None:
    every_rule = list(run_template_by_file_path(str(_TEMPLATES / "E9000.wrong.yaml"), ConfigMixIn([]), _OURS, False))

    assert [finding.rule.id for finding in every_rule] == ["E9000"]


def test_a_rule_says_in_a_sentence_why_it_is_there() -> None:
    for rule in _OURS.data.values():
        assert rule.shortdesc
        assert rule.description.endswith(".")


def _findings(rule: str, file: Path) -> list[Any]:
    only = Rules()
    only[rule] = _OURS.data[rule]
    found = list(run_template_by_file_path(str(file), ConfigMixIn([]), only, False))
    assert {finding.rule.id for finding in found} <= {rule}, found
    return found


def _place(finding: Any) -> str:
    """The last of the path to what was found: a logical id or a parameter's name."""
    return str(finding.path[-1])
