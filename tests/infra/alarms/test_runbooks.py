"""Every alarm has a runbook, and the commands, queries, widgets and links of a runbook exist."""

import re
from pathlib import Path

from tests.support.alarm_simulation import alarms_of, deployed
from tests.support.deployment import ROOT
from tools.setup.command_line import MAKEFILE, tasks_in

_FOLDER = ROOT / "docs" / "runbooks"
_RUNBOOKS = sorted(file for file in _FOLDER.glob("*.md") if file.name != "README.md")
_CHAPTERS = ["Look here first", "Likely causes", "What to do", "When to roll back"]


def test_every_alarm_has_a_runbook_and_none_is_left_over() -> None:
    assert {file.stem for file in _RUNBOOKS} == alarms_of(deployed()).keys()


def test_a_runbook_has_urgency_meaning_and_all_chapters_on_one_page() -> None:
    incomplete = {}
    for file in _RUNBOOKS:
        text = file.read_text(encoding="utf-8")
        urgency = alarms_of(deployed())[file.stem]["AlarmDescription"].partition(".")[0]
        missing = [part for part in ("**What customers notice.**", "**What it means.**") if part not in text]
        if not text.startswith(f"# {file.stem}\n\n**{urgency}**: "):
            missing.append(urgency)
        if missing or re.findall(r"^## (.+)$", text, re.MULTILINE) != _CHAPTERS or len(text.splitlines()) >= 45:
            incomplete[file.stem] = missing

    assert incomplete == {}


def test_a_runbook_that_advises_a_deployment_mentions_alarms_off() -> None:
    # CodeDeploy refuses a deployment while an alarm is on.
    deploying = re.compile(r"deploy\.md#roll-back-or-restore|\band deploy\b|DatabaseInstanceClass|RateLimit")
    advice = {file.stem: file.read_text(encoding="utf-8").partition("## What to do")[2] for file in _RUNBOOKS}
    advising = {name for name, text in advice.items() if deploying.search(text)}

    assert advising
    assert {name for name in advising if "`ALARMS=off`" not in advice[name]} == set()


def test_links_of_runbooks_lead_to_files_and_headings() -> None:
    broken = set()
    for file in [*_RUNBOOKS, _FOLDER / "README.md"]:
        for target, anchor in re.findall(r"\]\(([^)#]+)#?([^)]*)\)", file.read_text(encoding="utf-8")):
            linked = file.parent / target
            if not linked.exists() or (anchor and anchor not in _anchors(linked)):
                broken.add((file.stem, target, anchor))

    assert broken == set()


def test_commands_of_runbooks_are_tasks_of_the_makefile() -> None:
    tasks = tasks_in(MAKEFILE.read_text(encoding="utf-8"))
    unknown = set()
    for file in _RUNBOOKS:
        for task, options in re.findall(r"`make ([a-z-]+)((?: [A-Z]+=[^\s`]+)*)", file.read_text(encoding="utf-8")):
            known = {*tasks[task].examples, *tasks[task].of_group} if task in tasks else set()
            if task not in tasks or not set(re.findall(r"([A-Z]+)=", options)) <= known:
                unknown.add((file.stem, f"make {task}{options}"))

    assert unknown == set()


def test_saved_queries_and_widgets_in_runbooks_exist() -> None:
    saved = " ".join(query["Name"] for query in deployed().of("AWS::Logs::QueryDefinition"))
    [dashboard] = deployed().of("AWS::CloudWatch::Dashboard")
    unknown = set()
    for file in _RUNBOOKS:
        text = file.read_text(encoding="utf-8")
        queries = re.findall(r"quer(?:y|ies) \*([^*]+)\*", text)
        lines = re.findall(r"^- dashboard,? (.+)$", text, re.MULTILINE)
        widgets = [widget for line in lines for widget in re.findall(r"\*([^*]+)\*", line)]
        unknown |= {(file.stem, query) for query in queries if f"/{query}" not in saved}
        unknown |= {(file.stem, widget) for widget in widgets if widget not in dashboard["DashboardBody"]}

    assert unknown == set()


def test_parameters_and_functions_in_runbooks_exist() -> None:
    known = {name for source in deployed().sources for name in source.get("Parameters", {})}
    known |= {function.logical_id for function in deployed().of("AWS::Lambda::Function")}
    known |= {"SwapUsage", "MessageRejected", "Unavailable", "KeyError"}  # names of AWS and of errors

    unknown = {
        (file.stem, name)
        for file in _RUNBOOKS
        for name in re.findall(r"`([A-Z][a-z]+(?:[A-Z][A-Za-z]+)+)(?:=\w+)?`", file.read_text(encoding="utf-8"))
        if name not in known and not name.endswith(("Exception", "Error", "EveryMinute", "EveryHour", "EveryDay"))
    }

    assert unknown == set()


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
