"""Every alarm has its runbook, and what a runbook tells to look at or to run exists."""

import re
from pathlib import Path

import pytest

from tests.support.deployment import ROOT
from tests.support.watching import alarms_of, deployed
from tools.setup.command_line import MAKEFILE, tasks_in

_FOLDER = ROOT / "docs" / "runbooks"
_RUNBOOKS = sorted(file for file in _FOLDER.glob("*.md") if file.name != "README.md")
_CHAPTERS = ["Look here first", "Likely causes", "What to do", "When to stop and go back"]


def _ids(file: Path) -> str:
    return file.stem


def test_every_alarm_has_a_runbook_and_none_is_left_over() -> None:
    assert {file.stem for file in _RUNBOOKS} == alarms_of(deployed()).keys()


@pytest.mark.parametrize("file", _RUNBOOKS, ids=_ids)
def test_a_runbook_says_what_it_must_and_no_more_than_a_page(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    description = alarms_of(deployed())[file.stem]["AlarmDescription"]

    assert text.startswith(f"# {file.stem}\n\n**{description.partition('.')[0]}**: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == _CHAPTERS
    assert "**What customers notice.**" in text
    assert "**What it means.**" in text
    assert len(text.splitlines()) < 45


@pytest.mark.parametrize("file", _RUNBOOKS, ids=_ids)
def test_a_runbook_that_advises_a_deployment_says_how_to_make_one_while_an_alarm_is_on(file: Path) -> None:
    advice = file.read_text(encoding="utf-8").partition("## What to do")[2]

    if re.search(r"deploy\.md#when-something-has-to-go-back|\band deploy\b|DatabaseInstanceClass|RateLimit", advice):
        assert "`ALARMS=off`" in advice


@pytest.mark.parametrize("file", [*_RUNBOOKS, _FOLDER / "README.md"], ids=_ids)
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text(encoding="utf-8")):
        assert (file.parent / target).exists(), target


@pytest.mark.parametrize("file", _RUNBOOKS, ids=_ids)
def test_headings_that_are_linked_exist(file: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]+)#([^)]+)\)", file.read_text(encoding="utf-8")):
        headings = re.findall(r"^#+ (.+)$", (file.parent / target).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, anchor


@pytest.mark.parametrize("file", _RUNBOOKS, ids=_ids)
def test_commands_are_the_makefiles(file: Path) -> None:
    tasks = tasks_in(MAKEFILE.read_text(encoding="utf-8"))

    for target, options in re.findall(r"`make ([a-z-]+)((?: [A-Z]+=[^\s`]+)*)", file.read_text(encoding="utf-8")):
        assert set(re.findall(r"([A-Z]+)=", options)) <= {*tasks[target].examples, *tasks[target].of_group}


@pytest.mark.parametrize("file", _RUNBOOKS, ids=_ids)
def test_queries_and_widgets_that_are_named_exist(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    saved = " ".join(query["Name"] for query in deployed().of("AWS::Logs::QueryDefinition"))
    [dashboard] = deployed().of("AWS::CloudWatch::Dashboard")

    for query in re.findall(r"quer(?:y|ies) \*([^*]+)\*", text):
        assert f"/{query}" in saved, query
    for line in re.findall(r"^- dashboard,? (.+)$", text, re.MULTILINE):
        for widget in re.findall(r"\*([^*]+)\*", line):
            assert widget in dashboard["DashboardBody"], widget


@pytest.mark.parametrize("file", _RUNBOOKS, ids=_ids)
def test_parameters_that_are_named_exist(file: Path) -> None:
    parameters = {name for source in deployed().sources for name in source.get("Parameters", {})}
    of_others = {"SwapUsage", "MessageRejected", "Unavailable", "KeyError"}

    for name in re.findall(r"`([A-Z][a-z]+(?:[A-Z][A-Za-z]+)+)(?:=\w+)?`", file.read_text(encoding="utf-8")):
        known = parameters | of_others | {one.logical_id for one in deployed().of("AWS::Lambda::Function")}
        assert name in known or name.endswith(("Exception", "Error", "EveryMinute")), name
