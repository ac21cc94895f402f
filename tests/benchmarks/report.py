"""Sections of docs/performance.md: what a benchmark measures, how a result is stored, and how it is rendered.

Each part of `PARTS` is a module of this package with `measure(progress) -> Section`. Its last result is in
docs/performance/<part>.json. The document and its charts are rendered from these files alone, so that they change
only with a new measurement.
"""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.bar_chart import Bar, BarChart, drawn
from tests.benchmarks.machine import machine
from tools import ROOT

__all__ = ["PARTS", "Bar", "BarChart", "Cell", "Progress", "Section", "Table", "main", "render", "save", "table_lines"]

# In the order of the document.
PARTS: tuple[str, ...] = (
    "cold_start",
    "warm_path",
    "memory",
    "hot_product",
    "relay",
    "reconciliation",
    "data_size",
    "data_size_mysql",
    "account_timing",
    "traffic",
    "idle_stack",
)

DOCUMENT = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "docs" / "performance"

_INTRODUCTION = """\
# Performance

`make bench` writes this document: do not edit it. `make bench PART=…` repeats one part of it. Each part names the
commit and the machine of its measurement.

Times depend on the machine and its load: compare them only within one table, as ratios. Instructions and rows read are
the same on every machine, up to about 0.5 %.
"""

type Cell = str | int | float
type Progress = Callable[[str], None]


@dataclass(frozen=True)
class Table:
    """A table. Numbers are printed with three significant digits, integers with all of theirs."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the document. `versions` has the versions of measured packages and servers, apart from Python's."""

    title: str
    method: tuple[str, ...]
    tables: tuple[Table, ...]
    charts: tuple[BarChart, ...] = ()
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)


def main(measure: Callable[[Progress], Section]) -> None:
    """Measure one part and print its section, without writing a file."""
    section = measure(print_progress)
    print("\n".join(_lines(section, part="")))


def print_progress(text: str) -> None:
    """Print what a benchmark does at present."""
    print(text, file=sys.stderr, flush=True)


def save(part: str, section: Section, commit: str) -> None:
    """Store the result of a commit, with date and machine."""
    measured = {
        "commit": commit,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {"Python": sys.version.split()[0], **section.versions},
    }
    content = {"measured": measured, "section": dataclasses.asdict(dataclasses.replace(section, versions={}))}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"{part}.json").write_text(text, encoding="utf-8")


def render() -> dict[Path, str]:
    """Returns the text of the document and of each chart, by file."""
    lines = [_INTRODUCTION]
    files: dict[Path, str] = {}
    for part in PARTS:
        stored = RESULTS / f"{part}.json"
        if stored.exists():
            content = json.loads(stored.read_text(encoding="utf-8"))
            section = _section(content["section"])
            lines += [*_lines(section, part), "", _measured(part, **content["measured"]), ""]
            files |= {RESULTS / _file_name(part, chart): drawn(chart) for chart in section.charts}
    return {DOCUMENT: "\n".join(lines), **files}


def write() -> None:
    """Write the document and its charts, and remove charts that no section has."""
    files = render()
    for old in set(RESULTS.glob("*.svg")) - files.keys():
        old.unlink()
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")


def _section(stored: Mapping[str, Any]) -> Section:
    return Section(
        stored["title"],
        tuple(stored["method"]),
        tuple(
            Table(tuple(each["header"]), tuple(tuple(row) for row in each["rows"]), each["title"])
            for each in stored["tables"]
        ),
        tuple(BarChart(**{**each, "bars": tuple(Bar(**bar) for bar in each["bars"])}) for each in stored["charts"]),
    )


def _lines(section: Section, part: str) -> Iterator[str]:
    yield f"## {section.title}"
    for paragraph in section.method:
        yield from ("", paragraph)
    for table in section.tables:
        yield from ("", f"**{table.title}**") if table.title else ()
        yield from ("", *table_lines(table))
    for chart in section.charts if part else ():
        yield from ("", f"![{chart.title}](performance/{_file_name(part, chart)})")


def table_lines(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(table.header)} |"
    columns = zip(*table.rows, strict=True)
    yield f"|{'|'.join('---:' if _is_numeric(column) else '---' for column in columns)}|"
    for row in table.rows:
        yield f"| {' | '.join(_text(cell) for cell in row)} |"


def _is_numeric(column: Iterable[Cell]) -> bool:
    cells = [cell for cell in column if cell != ""]
    return bool(cells) and not any(isinstance(cell, str) for cell in cells)


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    return f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"


def _file_name(part: str, chart: BarChart) -> str:
    return f"{part}-{chart.name}.svg"


def _measured(part: str, commit: str, date: str, machine: str, versions: Mapping[str, str]) -> str:
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"Measured by `make bench PART={part}` on {date} at {commit}: {machine}; {named}."
