"""What the documents name exists: files, make targets, functions, modules, parameters; states are as drawn."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from microshop.orders.states import CORRECT_SHIPMENT, DISPUTE, SETTLE_RETURN, TRANSITIONS
from microshop.payments.providers.stripe_objects import APPLIED_EVENTS
from tools import ROOT
from tools.templates.sam import load

_OF_ALL_RELEASES = "CHANGELOG.md"  # names files of the past
_DOCUMENTS = [*sorted(set(ROOT.glob("*.md")) - {ROOT / _OF_ALL_RELEASES}), *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"\bmake ([a-z][a-z0-9-]+)(?=`|\s|$|[ ,.;:)] ?[A-Z]+=)", re.MULTILINE)
_QUOTED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(
    r"(?<![\w/.~$-])((?:functions|layers|infra|events|tests|docs|microshop|\.github)/[\w./-]*\w/?)(?![\w<{*…-])"
)
_FUNCTION = re.compile(r"(?<![:\w])([A-Z][A-Za-z]+Function)(?:Name)?\b")
_MODULE = re.compile(r"python -m ((?:infra|tests|microshop)[\w.]*)")
_EDGE = re.compile(r"^\s+(\w+) --> (\w+): (.+)$", re.MULTILINE)
_IDS = [document.relative_to(ROOT).as_posix() for document in _DOCUMENTS]


@pytest.fixture(scope="module")
def logical_ids() -> set[str]:
    """Of every resource of every template."""
    return {name for file in _templates() for name in load(file)["Resources"]}


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_IDS)
def test_every_link_leads_to_a_file_and_its_heading(document: Path) -> None:
    for target, heading in _LINK.findall(_FENCED.sub("", _text(document))):
        file = (document.parent / target) if target else document

        assert file.exists(), target
        if heading:
            assert heading in _anchors(file), f"{target}#{heading}"


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_IDS)
def test_every_make_target_is_one(document: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", _text(ROOT / "Makefile"), re.MULTILINE))
    code = [*_FENCED.findall(_text(document)), *_QUOTED.findall(_FENCED.sub("", _text(document)))]

    assert {target for each in code for target in _TARGET.findall(each)} <= targets


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_IDS)
def test_every_file_and_folder_is_there(document: Path) -> None:
    for name in _PATH.findall(_text(document)):
        place = ROOT / "layers" / "shared" / name if name.startswith("microshop/") else ROOT / name

        assert place.exists() or place.with_suffix(".py").exists(), name


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_IDS)
def test_every_function_is_in_a_template(document: Path, logical_ids: set[str]) -> None:
    assert set(_FUNCTION.findall(_text(document))) <= logical_ids


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_IDS)
def test_every_module_that_is_run_can_be(document: Path) -> None:
    for module in _MODULE.findall(_text(document)):
        place = ROOT / module.replace(".", "/")
        assert (place / "__main__.py").exists() or place.with_suffix(".py").exists(), module


def test_decisions_are_numbered_without_gaps_and_name_their_number() -> None:
    files = sorted((ROOT / "docs" / "decisions").iterdir())

    assert [file.name[:5] for file in files] == [f"{number:04}-" for number in range(1, len(files) + 1)]
    assert [file.name for file in files if not _text(file).startswith(f"# {int(file.name[:4])}. ")] == []


def test_the_guide_to_deploying_sets_only_parameters_that_there_are() -> None:
    guide = _text(ROOT / "docs" / "deploy.md")
    known = (
        load(ROOT / "template.yaml")["Parameters"].keys() | load(ROOT / "infra/github-oidc.yaml")["Parameters"].keys()
    )

    set_there = set(re.findall(r"(?<![\w-])([A-Z][a-z]\w+)(?==)", guide)) | set(
        re.findall(r"^\| `([A-Z]\w+)` \|", guide, re.MULTILINE)
    )
    assert len(set_there) > 10
    assert set_there - known - {"OutputKey", "Type"} == set()  # of other commands


def test_the_webhook_is_registered_for_every_event_that_the_shop_applies() -> None:
    of_webhook = _text(ROOT / "docs" / "deploy.md").partition("## 7. Stripe's webhook")[2].partition("\n## ")[0]

    assert set(re.findall(r"`((?:payment_intent|refund|charge)\.[a-z_.]+)`", of_webhook)) == APPLIED_EVENTS


def test_the_drawn_order_statuses_change_as_the_code_has_it() -> None:
    changes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for transition in TRANSITIONS:
        for (before, _), (after, _) in transition.moves.items():
            if before != after:
                changes[before, after].add(transition.action)

    assert _drawn("states: status") == changes


def test_the_drawn_payment_statuses_change_as_the_code_has_it() -> None:
    changes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for transition in TRANSITIONS:
        if transition.moves is DISPUTE.moves or transition in (CORRECT_SHIPMENT, SETTLE_RETURN):
            continue  # starts anywhere and changes no payment status
        for (status_before, before), (status_after, after) in transition.moves.items():
            if before != after or status_before == status_after:
                changes[before, after].add(transition.action)

    assert _drawn("states: payment status") == changes


def _drawn(name: str) -> dict[tuple[str, str], set[str]]:
    """The changes in the diagram after the comment of that name: from, to → what they are called."""
    _, found, rest = _text(ROOT / "docs" / "architecture.md").partition(f"<!-- {name} -->")
    assert found
    diagram = rest.partition("```mermaid")[2].partition("```")[0]
    return {(before, after): set(actions.split(", ")) for before, after, actions in _EDGE.findall(diagram)}


def _anchors(document: Path) -> set[str]:
    """What GitHub calls the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", _text(document)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _templates() -> list[Path]:
    files = [ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))]
    return [file for file in files if _text(file).startswith("AWSTemplateFormatVersion")]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
