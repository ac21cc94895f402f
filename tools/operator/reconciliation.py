"""Prints the report of ReconcileFunction, for `make reconcile` and for reports of `aws lambda invoke …`.

`python -m tools.operator.reconciliation answer.json` prints a saved report; `-` reads it from standard input.
"""

import json
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.operator.stacks import Stack

_WIDTH = 110
# A full run shows its progress so often.
_SECONDS_BETWEEN_LINES = 60


def print_report(answer: Mapping[str, Any]) -> int:
    """Print the report. Returns the exit status: 1 if something disagrees or could not be checked."""
    print("\n".join(_lines(answer)))
    return _status(answer)


def reconcile(stack: "Stack", *, days: int | None, full: bool, repair: bool) -> Iterator[str]:
    """Reconcile, and yield the lines of the report, of a full run also its progress. Exits with the status.

    A full run that is interrupted continues with the next one.
    """
    event: dict[str, object] = {"repair": repair}
    if days:
        event["days"] = days
    if full:
        event |= {"full": True, "seconds": _SECONDS_BETWEEN_LINES}
    answer = stack.invoke("ReconcileFunction", **event)
    repaired, found = answer["repaired"], 0
    while full and answer["remaining"]:
        found += answer["disagreements"]
        yield f"To read: {_rows(answer['remaining'])}; disagreements so far: {found}."
        before, answer = answer, stack.invoke("ReconcileFunction", **event)
        repaired += answer["repaired"]
        if answer["remaining"] == before["remaining"]:  # a query that does not answer: the report names it
            break
    answer["repaired"] = repaired
    yield from _lines(answer)
    raise SystemExit(_status(answer))


def _rows(remaining: list[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{each['what']} ({each['rows_read']:,} of "
        + (f"about {each['expected_rows']:,} rows read)" if each["expected_rows"] else "all rows read)")
        for each in remaining
    )


def _status(answer: Mapping[str, Any]) -> int:
    return 1 if answer["disagreements"] or answer["unavailable"] else 0


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"Reconciliation {answer['report_id']}: {_extent(answer)}."
    yield from _findings(answer)
    yield from _unavailable(answer["unavailable"])
    if remaining := answer.get("remaining"):  # missing in reports of older releases, like the next two
        yield ""
        yield f"Not reached in time: {_rows(remaining)}. The next run continues there."
    yield from _owed(answer["owed"])
    if foreign := answer.get("foreign"):
        yield ""
        yield f"Not compared: {foreign} payments, refunds and disputes of other applications in the provider's account."
    if (covered_since := answer.get("covered_since")) and not remaining:
        yield ""
        yield f"Every row was compared at least once since {_moment(covered_since)}."
    yield ""
    yield _summary(answer)


def _extent(answer: Mapping[str, Any]) -> str:
    window = answer["window"]
    until = _moment(window["until"])
    since = "the beginning" if window["since"].startswith("1970") else _moment(window["since"])
    match answer.get("extent"):
        case "nightly":
            return "changes since the last run, known disagreements and a part of all rows"
        case "full":
            return f"all rows up to {until}"
    return f"from {since} to {until}"


def _findings(answer: Mapping[str, Any]) -> Iterator[str]:
    by_check: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for finding in answer["findings"]:
        by_check[finding["check"]].append(finding)
    for check, total in answer["totals"].items():
        yield ""
        yield f"{check}: {total}"
        if sentence := answer.get("checks", {}).get(check):  # reports of older releases have sentences as names
            yield _indented(sentence)
        for finding in by_check[check]:
            yield from _finding(finding)
        if hidden := total - len(by_check[check]):
            yield _indented(f"… and {hidden} more: the stored report {answer['report_id']} lists up to 100 per check.")


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    mark = "repaired" if finding["repaired"] else "disagrees"
    yield _indented(f"{mark}  {finding['subject']}: {finding['explanation']}")
    if finding["repaired"]:
        yield _indented(f"repair made: {finding['repair']}", "      ")
        return
    if finding["repair"]:
        yield _indented(f"repair: {finding['repair']}", "      ")
    yield _indented(f"{'if the repair does not help' if finding['repair'] else 'to do'}: {finding['to_do']}", "      ")


def _unavailable(unavailable: list[Mapping[str, str]]) -> Iterator[str]:
    if unavailable:
        yield ""
        yield "Not checked:"
    for each in unavailable:
        yield _indented(f"{each['what']}: {each['reason']}")


def _owed(owed: Mapping[str, Any]) -> Iterator[str]:
    if not owed["total"]:
        return
    yield ""
    yield f"To be refunded manually: {owed['total']}"
    for each in owed["findings"]:
        yield _indented(f"{each['subject']}: {each['explanation']}")


def _summary(answer: Mapping[str, Any]) -> str:
    repaired = f"; {answer['repaired']} repaired" if answer["repaired"] else ""
    if answer["disagreements"]:
        repairable = any(finding["repair"] and not finding["repaired"] for finding in answer["findings"])
        advice = " Run it with REPAIR=yes to make the repairs that are safe." if repairable else ""
        remain = (
            "1 disagreement remains"
            if answer["disagreements"] == 1
            else f"{answer['disagreements']} disagreements remain"
        )
        return f"{remain}{repaired}.{advice}"
    if answer["unavailable"]:
        return f"All finished checks agree{repaired}; run it again when the other servers answer."
    return f"All books agree{repaired}."


def _moment(time: str) -> str:
    return time[:16].replace("T", " ") + " UTC"


def _indented(text: str, indent: str = "  ") -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "    ")


def main() -> None:
    """Print the report in the file that the command line names."""
    source = sys.argv[1] if len(sys.argv) == 2 else "-"
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    sys.exit(print_report(json.loads(text)))


if __name__ == "__main__":
    main()
