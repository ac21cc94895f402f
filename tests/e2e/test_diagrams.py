"""Every diagram of the documents, rendered by mermaid in a real browser, as on GitHub."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import opened_browser
from tests.support.mermaid import Diagram, diagrams_of, library, page_that_draws

_ROOT = Path(__file__).parents[2]
_FILES = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]
_DIAGRAMS = [diagram for file in _FILES for diagram in diagrams_of(file, file.relative_to(_ROOT).as_posix())]
# They prove that the test detects an error.
_BROKEN = [
    Diagram("an arrow to an arrow", "flowchart LR\n  a --> --> b\n"),
    Diagram("a message without a receiver", "sequenceDiagram\n  a->>: hello\n"),
    Diagram("an unknown kind of diagram", "flowhcart LR\n  a --> b\n"),
]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Place of each diagram → the result of its rendering."""
    folder = tmp_path_factory.mktemp("diagrams")
    everything = [*_DIAGRAMS, *_BROKEN]
    page_file = folder / "diagrams.html"
    page_file.write_text(page_that_draws(everything, library()), encoding="utf-8")
    with opened_browser() as page:
        page.open(page_file.as_uri())
        listed = json.loads(page.text_of("#drawn", text="["))
        page.save_screenshot(folder / "diagrams.png")
        downloaded = [url for url in page.requests if not url.startswith(("file:", "data:"))]
    assert downloaded == []
    return {diagram.place: one for diagram, one in zip(everything, listed, strict=True)}


def test_the_diagrams_of_the_documents_are_found() -> None:
    assert len(_DIAGRAMS) >= 7


@pytest.mark.parametrize("diagram", _DIAGRAMS, ids=lambda diagram: diagram.place)
def test_a_diagram_is_rendered(rendered: dict[str, dict[str, Any]], diagram: Diagram) -> None:
    result = rendered[diagram.place]

    assert result["wrong"] == ""
    assert min(result["width"], result["height"]) > 40
    assert "Syntax error" not in result["text"]


@pytest.mark.parametrize("diagram", _BROKEN, ids=lambda diagram: diagram.place)
def test_a_broken_diagram_is_detected(rendered: dict[str, dict[str, Any]], diagram: Diagram) -> None:
    assert rendered[diagram.place]["wrong"]
