"""Every diagram of the documents, drawn by mermaid in a real browser as GitHub would."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import opened_browser
from tests.support.mermaid import Diagram, diagrams_of, library, page_that_draws

_ROOT = Path(__file__).parents[2]
_FILES = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]
_DIAGRAMS = [diagram for file in _FILES for diagram in diagrams_of(file, file.relative_to(_ROOT).as_posix())]
# That these are found out is what the others' silence rests on.
_BROKEN = [
    Diagram("an arrow to an arrow", "flowchart LR\n  a --> --> b\n"),
    Diagram("a message to nobody", "sequenceDiagram\n  a->>: hello\n"),
    Diagram("no kind of diagram", "flowhcart LR\n  a --> b\n"),
]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Place → what came of it."""
    folder = tmp_path_factory.mktemp("diagrams")
    everything = [*_DIAGRAMS, *_BROKEN]
    page_file = folder / "diagrams.html"
    page_file.write_text(page_that_draws(everything, library()), encoding="utf-8")
    with opened_browser() as page:
        page.open(page_file.as_uri())
        listed = json.loads(page.text_of("#drawn", text="["))
        page.save_screenshot(folder / "diagrams.png")
        fetched = [url for url in page.requests if not url.startswith(("file:", "data:"))]
    assert fetched == []
    return {diagram.place: one for diagram, one in zip(everything, listed, strict=True)}


def test_there_are_diagrams() -> None:
    assert len(_DIAGRAMS) >= 7


@pytest.mark.parametrize("diagram", _DIAGRAMS, ids=lambda diagram: diagram.place)
def test_a_diagram_is_drawn(drawn: dict[str, dict[str, Any]], diagram: Diagram) -> None:
    result = drawn[diagram.place]

    assert result["wrong"] == ""
    assert min(result["width"], result["height"]) > 40
    assert "Syntax error" not in result["text"]


@pytest.mark.parametrize("diagram", _BROKEN, ids=lambda diagram: diagram.place)
def test_a_diagram_that_is_wrong_is_found_out(drawn: dict[str, dict[str, Any]], diagram: Diagram) -> None:
    assert drawn[diagram.place]["wrong"]
