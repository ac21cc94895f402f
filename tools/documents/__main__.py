"""Writes every document and template section that is computed; `--check` names the stale ones and writes nothing."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools import ROOT
from tools.documents import connections, consumer_parts, event_schemas, openapi, runbooks
from tools.documents.costs import document as costs
from tools.documents.dashboard import layout as dashboard
from tools.documents.samples import document as samples
from tools.problems import LocalProblem

# Each returns files with the text that they must have.
_WRITERS: tuple[Callable[[], Mapping[Path, str]], ...] = (
    consumer_parts.documents,  # first: the dashboard reads the alarms
    runbooks.documents,
    dashboard.documents,
    costs.documents,
    connections.documents,
    openapi.documents,
    event_schemas.documents,
    samples.documents,
)


def main() -> None:
    """Write what is stale, or exit with a sentence that names it."""
    stale = []
    for writer in _WRITERS:
        for file, text in writer().items():
            if file.exists() and file.read_text(encoding="utf-8") == text:
                continue
            stale.append(str(file.relative_to(ROOT)))
            if "--check" not in sys.argv:
                file.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"documents: stale, run `make documents`: {', '.join(stale)}")
    print(f"documents: {', '.join(stale) + ' written' if stale else 'all up to date'}")


if __name__ == "__main__":
    try:
        main()
    except LocalProblem as problem:
        sys.exit(f"documents: {problem}")
