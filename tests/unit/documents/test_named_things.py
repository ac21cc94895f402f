"""Files, make targets, functions, modules and parameters that the documents name exist; diagrams match the states."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from microshop.orders.states import CORRECT_SHIPMENT, DISPUTE, SETTLE_RETURN, TRANSITIONS
from microshop.payments.providers.stripe_objects import APPLIED_EVENTS
from tools import ROOT
from tools.local.run import announce
from tools.local.stack_info import StackInfo
from tools.templates.sam import load

_OF_ALL_RELEASES = "CHANGELOG.md"  # names files of earlier releases
_DOCUMENTS = [*sorted(set(ROOT.glob("*.md")) - {ROOT / _OF_ALL_RELEASES}), *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"\bmake ([a-z][a-z0-9-]+)(?=`|\s|$|[ ,.;:)] ?[A-Z]+=)", re.MULTILINE)
_QUOTED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(
    r"(?<![\w/.~$-])((?:functions|layers|infra|tools|events|tests|docs|microshop|\.github)/[\w./-]*\w/?)(?![\w<{*…-])"
)
_FUNCTION = re.compile(r"(?<![:\w])([A-Z][A-Za-z]+Function)(?:Name)?\b")
_MODULE = re.compile(r"python -m ((?:tools|tests|microshop)[\w.]*\w)")
_EDGE = re.compile(r"^\s+(\w+) --> (\w+): (.+)$", re.MULTILINE)


def test_every_link_leads_to_a_file_and_its_heading() -> None:
    links = [(document, *link) for document in _DOCUMENTS for link in _LINK.findall(_FENCED.sub("", _text(document)))]

    assert len(links) > 200
    assert [
        f"{_name(document)}: {target}#{heading}"
        for document, target, heading in links
        if not _leads(document, target, heading)
    ] == []


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", _text(ROOT / "Makefile"), re.MULTILINE))
    named = [
        (document, target) for document in _DOCUMENTS for code in _code_of(document) for target in _TARGET.findall(code)
    ]

    assert {target for _, target in named} > {"run", "check", "deploy", "seed"}
    assert [f"{_name(document)}: make {target}" for document, target in named if target not in targets] == []


def test_every_file_and_folder_exists() -> None:
    # The tables of performance.md name functions without the folder `functions`.
    named = [each for each in _named(_PATH) if _name(each[0]) != "docs/performance.md"]

    assert len(named) > 200
    assert [f"{_name(document)}: {path}" for document, path in named if not _exists(path)] == []


def test_every_function_is_in_a_template() -> None:
    resources = {name for file in _templates() for name in load(file)["Resources"]}
    named = _named(_FUNCTION)

    assert len(named) > 10
    assert [f"{_name(document)}: {function}" for document, function in named if function not in resources] == []


def test_every_module_that_is_run_exists() -> None:
    named = _named(_MODULE)

    assert named
    assert [
        f"{_name(document)}: {module}" for document, module in named if not _is_run(ROOT / module.replace(".", "/"))
    ] == []


def test_decisions_are_numbered_without_gaps_and_name_their_number() -> None:
    files = sorted((ROOT / "docs" / "decisions").iterdir())

    assert [file.name[:5] for file in files] == [f"{number:04}-" for number in range(1, len(files) + 1)]
    assert [file.name for file in files if not _text(file).startswith(f"# {int(file.name[:4])}. ")] == []


def test_deployment_guide_sets_only_existing_parameters() -> None:
    guide = _text(ROOT / "docs" / "deploy.md")
    known = (
        load(ROOT / "template.yaml")["Parameters"].keys() | load(ROOT / "infra/github-oidc.yaml")["Parameters"].keys()
    )

    set_there = set(re.findall(r"(?<![\w-])([A-Z][a-z]\w+)(?==)", guide)) | set(
        re.findall(r"^\| `([A-Z]\w+)` \|", guide, re.MULTILINE)
    )
    assert len(set_there) > 10
    assert set_there - known - {"OutputKey", "Type"} == set()  # belong to other commands


def test_deployment_guide_lists_every_webhook_event_that_the_shop_applies() -> None:
    of_webhook = _text(ROOT / "docs" / "deploy.md").partition("## 7. Stripe's webhook")[2].partition("\n## ")[0]

    assert set(re.findall(r"`((?:payment_intent|refund|charge)\.[a-z_.]+)`", of_webhook)) == APPLIED_EVENTS


def test_diagram_of_order_statuses_matches_the_code() -> None:
    changes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for transition in TRANSITIONS:
        for (before, _), (after, _) in transition.moves.items():
            if before != after:
                changes[before, after].add(transition.action)

    assert _drawn("states: status") == changes


def test_diagram_of_payment_statuses_matches_the_code() -> None:
    changes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for transition in TRANSITIONS:
        if transition.moves is DISPUTE.moves or transition in (CORRECT_SHIPMENT, SETTLE_RETURN):
            continue  # starts anywhere and changes no payment status
        for (status_before, before), (status_after, after) in transition.moves.items():
            if before != after or status_before == status_after:
                changes[before, after].add(transition.action)

    assert _drawn("states: payment status") == changes


def test_readme_shows_the_banner_of_make_run(capfd: pytest.CaptureFixture[str]) -> None:
    announce(StackInfo("http://127.0.0.1:3000", "", "", "http://127.0.0.1:…", (), {}))

    banner = capfd.readouterr().err.partition("microshop is running\n\n")[2].partition("\n\n")[0]
    shown = _text(ROOT / "README.md").partition("It prints:\n\n```\n")[2].partition("\n```")[0]
    assert shown == banner != ""


def _drawn(name: str) -> dict[tuple[str, str], set[str]]:
    """Returns the transitions of the diagram after the comment of that name: (from, to) → action names."""
    _, found, rest = _text(ROOT / "docs" / "architecture.md").partition(f"<!-- {name} -->")
    assert found
    diagram = rest.partition("```mermaid")[2].partition("```")[0]
    return {(before, after): set(actions.split(", ")) for before, after, actions in _EDGE.findall(diagram)}


def _name(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def _named(pattern: re.Pattern[str]) -> list[tuple[Path, str]]:
    return [(document, found) for document in _DOCUMENTS for found in pattern.findall(_text(document))]


def _code_of(document: Path) -> list[str]:
    return [*_FENCED.findall(_text(document)), *_QUOTED.findall(_FENCED.sub("", _text(document)))]


def _leads(document: Path, target: str, heading: str) -> bool:
    file = (document.parent / target) if target else document
    return file.exists() and (not heading or heading in _anchors(file))


def _exists(path: str) -> bool:
    place = ROOT / "layers" / "shared" / path if path.startswith("microshop/") else ROOT / path
    return place.exists() or place.with_suffix(".py").exists()


def _is_run(place: Path) -> bool:
    return (place / "__main__.py").exists() or place.with_suffix(".py").exists()


def _anchors(document: Path) -> set[str]:
    """Returns the anchors that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", _text(document)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _templates() -> list[Path]:
    files = [ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))]
    return [file for file in files if _text(file).startswith("AWSTemplateFormatVersion")]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
