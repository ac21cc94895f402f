"""docs/performance.md and its charts are what the stored results say."""

import importlib
import re

import pytest

from tests.benchmarks.bar_chart import drawn
from tests.benchmarks.report import DOCUMENT, PARTS, RESULTS, Bar, BarChart, render


def test_document_and_charts_are_rendered_from_the_stored_results() -> None:
    stale = {file.name for file, text in render().items() if not file.exists() or file.read_text("utf-8") != text}

    assert stale == set(), "python -m tests.benchmarks --render writes them"


def test_document_shows_every_stored_result_and_every_chart() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    stored = {file.stem for file in RESULTS.glob("*.json")}

    assert stored <= set(PARTS)
    assert {name for name in stored if f"`make bench PART={name}`" not in text} == set()
    assert {file.name for file in RESULTS.glob("*.svg") if f"(performance/{file.name})" not in text} == set()


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_a_measurement(part: str) -> None:
    assert callable(importlib.import_module(f"tests.benchmarks.{part}").measure)


def test_bars_are_drawn_to_one_scale() -> None:
    chart = BarChart("starts", "Starts", "MiB", (Bar("small", 10), Bar("large", 40, is_shop=False)), limit=20)

    lengths = [float(width) for width in re.findall(r'width="([\d.]+)" height="14"', drawn(chart))]

    assert lengths[1] == pytest.approx(4 * lengths[0], rel=0.01)
