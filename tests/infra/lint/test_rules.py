"""Every rule of ours, on a template that breaks it and on one that keeps it."""

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
def test_a_rule_reports_every_wrong_resource_on_its_first_line(rule: str) -> None:
    file = _TEMPLATES / f"{rule}.wrong.yaml"
    lines = file.read_text().splitlines()
    wrong = {line.strip(" :") for line in lines if line.startswith("  Wrong")}

    found = _findings(rule, file)

    assert {_place(finding) for finding in found} == ({"Resources"} if rule == "E9000" else wrong)
    assert wrong
    for finding in found:
        assert "Wrong" in finding.message
        assert lines[finding.linenumber - 1].strip() == f"{_place(finding)}:"


@pytest.mark.parametrize("rule", _IDS)
def test_a_rule_reports_nothing_in_a_right_template(rule: str) -> None:
    file = _TEMPLATES / f"{rule}.right.yaml"
    assert read(file).by_id  # a rule reports nothing either in a template that it cannot read

    found = _findings(rule, file)

    assert [finding.message for finding in found] == []


def test_a_template_that_sam_refuses_is_reported_once() -> None:
    every_rule = list(run_template_by_file_path(str(_TEMPLATES / "E9000.wrong.yaml"), ConfigMixIn([]), _OURS, False))

    assert [finding.rule.id for finding in every_rule] == ["E9000"]


def test_every_rule_has_a_reason_in_a_sentence() -> None:
    rules = _OURS.data

    assert {name for name, rule in rules.items() if not (rule.shortdesc and rule.description.endswith("."))} == set()


def _findings(rule: str, file: Path) -> list[Any]:
    only = Rules()
    only[rule] = _OURS.data[rule]
    found = list(run_template_by_file_path(str(file), ConfigMixIn([]), only, False))
    assert {finding.rule.id for finding in found} <= {rule}, found
    return found


def _place(finding: Any) -> str:
    """Returns the logical id, or the name of the parameter, that the finding is about."""
    return str(finding.path[-1])
