"""Prints what ReconcileFunction answers, of the local or a deployed stack: `aws lambda invoke …` or `make reconcile`.

`python -m tools.operator.reconciliation answer.json` prints an answer that was saved; `-` reads it from standard input.
"""

import json
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_WIDTH = 110


def print_report(answer: Mapping[str, Any]) -> int:
    """Print it for people; the command's exit status: 1 where something disagrees or could not be looked at."""
    print("\n".join(_lines(answer)))
    return 1 if answer["disagreements"] or answer["unavailable"] else 0


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    window = answer["window"]
    since = "the beginning" if window["since"].startswith("1970") else _moment(window["since"])
    yield f"Reconciliation {answer['report_id']}: from {since} to {_moment(window['until'])}."
    yield from _findings(answer)
    yield from _unavailable(answer["unavailable"])
    yield from _owed(answer["owed"])
    yield ""
    yield _summary(answer)


def _findings(answer: Mapping[str, Any]) -> Iterator[str]:
    by_check: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for finding in answer["findings"]:
        by_check[finding["check"]].append(finding)
    for check, total in answer["totals"].items():
        yield ""
        yield f"{check}: {total}"
        for finding in by_check[check]:
            yield from _finding(finding)
        if hidden := total - len(by_check[check]):
            yield _indented(
                f"… and {hidden} more: reconciliation {answer['report_id']} in the database lists up to a hundred."
            )


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    mark = "repaired" if finding["repaired"] else "disagrees"
    yield _indented(f"{mark}  {finding['subject']}: {finding['explanation']}")
    if finding["repaired"]:
        yield _indented(f"done: {finding['repair']}", "      ")
        return
    if finding["repair"]:
        yield _indented(f"a repair would do this: {finding['repair']}", "      ")
    yield _indented(f"{'otherwise' if finding['repair'] else 'to do'}: {finding['to_do']}", "      ")


def _unavailable(unavailable: list[Mapping[str, str]]) -> Iterator[str]:
    if unavailable:
        yield ""
        yield "Could not be looked at:"
    for each in unavailable:
        yield _indented(f"{each['what']}: {each['reason']}")


def _owed(owed: Mapping[str, Any]) -> Iterator[str]:
    if not owed["total"]:
        return
    yield ""
    yield f"Owed to customers, to be given back by hand: {owed['total']}"
    for each in owed["findings"]:
        yield _indented(f"{each['subject']}: {each['explanation']}")


def _summary(answer: Mapping[str, Any]) -> str:
    repaired = f"; {answer['repaired']} repaired" if answer["repaired"] else ""
    if answer["disagreements"]:
        waits = any(finding["repair"] and not finding["repaired"] for finding in answer["findings"])
        advice = " Run it with a repair for those that can be repaired safely." if waits else ""
        return f"{answer['disagreements']} disagreements remain{repaired}.{advice}"
    if answer["unavailable"]:
        return f"What could be looked at agrees{repaired}; look at the rest once it answers."
    return f"All books agree{repaired}."


def _moment(time: str) -> str:
    return time[:16].replace("T", " ") + " UTC"


def _indented(text: str, indent: str = "  ") -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "    ")


def main() -> None:
    """Print the answer in the file that the command line names."""
    source = sys.argv[1] if len(sys.argv) == 2 else "-"
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    sys.exit(print_report(json.loads(text)))


if __name__ == "__main__":
    main()
