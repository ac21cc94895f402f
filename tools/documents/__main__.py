"""Writes every document and template section that is computed; `--check` names the stale ones and writes nothing."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools import ROOT
from tools.documents import connections, consumer_parts, countries, errors, event_schemas, openapi, runbooks
from tools.documents.costs import document as costs
from tools.documents.dashboard import layout as dashboard
from tools.documents.samples import document as samples
from tools.problems import LocalProblem

# Each returns files with the text that they must have.
_WRITERS: tuple[Callable[[], Mapping[Path, str]], ...] = (
    countries.documents,
    consumer_parts.documents,  # first: the dashboard reads the alarms
    dashboard.documents,
    costs.documents,
    connections.documents,
    openapi.documents,
    errors.documents,  # reads the description's components
    event_schemas.documents,
    samples.documents,
    runbooks.documents,
)


def main() -> None:
    """Write what is stale, or name it; exit with a sentence for what a person has to do."""
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
    """Write the documents that are stale, unless it is a check. Returns their names."""
    stale = {
        file: text for file, text in documents.items() if not file.exists() or file.read_text(encoding="utf-8") != text
    }
    if not check:
        for file, text in stale.items():
            file.write_text(text, encoding="utf-8")
    return [str(file.relative_to(ROOT)) for file in stale]


if __name__ == "__main__":
    main()
