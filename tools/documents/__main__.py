"""Generates documents and sections of templates; `--check` only lists the stale ones."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools import ROOT
from tools.documents import (
    api_settings,
    connections,
    consumer_parts,
    countries,
    errors,
    event_schemas,
    openapi,
    personal_data,
    runbooks,
)
from tools.documents.costs import document as costs
from tools.documents.dashboard import layout as dashboard
from tools.documents.samples import document as samples
from tools.documents.scale import document as scale
from tools.problems import LocalProblem

# Each returns the expected text of files.
_WRITERS: tuple[Callable[[], Mapping[Path, str]], ...] = (
    countries.documents,
    api_settings.documents,
    consumer_parts.documents,  # first: the dashboard reads the alarms
    dashboard.documents,
    costs.documents,
    scale.documents,
    connections.documents,
    openapi.documents,
    errors.documents,  # reads the description's components
    event_schemas.documents,
    samples.documents,
    runbooks.documents,
    personal_data.documents,
)


def main() -> None:
    """Write stale files, or list them with `--check`. Exit with a sentence for each problem."""
    check, stale, todo = "--check" in sys.argv, list[str](), list[str]()
    try:
        for writer in _WRITERS:
            stale += _write(writer(), check=check)
    except LocalProblem as problem:
        todo.append(str(problem))
    names = ", ".join(dict.fromkeys(stale))
    if stale and check:
        todo.append(f"stale, run `make documents`: {names}")
    elif stale or not todo:
        print(f"documents: {names + ' written' if stale else 'all up to date'}")
    if todo:
        sys.exit("\n".join(f"documents: {each}" for each in todo))


def _write(documents: Mapping[Path, str], *, check: bool) -> list[str]:
    """Write the stale documents, unless `check`. Returns their names."""
    stale = {
        file: text for file, text in documents.items() if not file.exists() or file.read_text(encoding="utf-8") != text
    }
    if not check:
        for file, text in stale.items():
            file.write_text(text, encoding="utf-8")
    return [str(file.relative_to(ROOT)) for file in stale]


if __name__ == "__main__":
    main()
