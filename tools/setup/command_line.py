"""Checks the tasks, variables and values of make's command line against `make help`.

The python3 of the system runs this module before anything is installed or built. Make accepts any variable, so without
this check, a misspelt one would be ignored: `make admin EMIAL=…`, or worse `make deploy FRIST=yes`.

The help in the Makefile is the list of variables. Its examples also define the allowed values: `CREATE=yes` only yes,
`STAGE=dev|prod` one of these, `DAYS=35` a whole number, any other example free text. A name with an underscore that is
neither in the help nor similar to one in it is a setting of another program, such as AWS_REGION.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"
_TASK = re.compile(r"^([a-z0-9-]+):([^#\n=]*)(?:## (.*))?$")
_GROUP = "##@ "
_MORE_HELP = "##   "
_MISSPELT = 0.8  # similarity of LOG_FORMT and LOG_FORMAT is 0.95, that of SAM_CONFIG and any variable below 0.6
_EXAMPLE = re.compile(r"\b([A-Z][A-Z0-9_]*)=((?:[\w.:@|-]*\w)?)")
_OWN_VARIABLE = re.compile(r"^([A-Z]+) *[:?]?=", re.MULTILINE)
# In MAKEFLAGS, make puts a backslash before blanks and backslashes, and doubles dollars.
_WORD = re.compile(r"(?:\\.|[^\\ \t])+", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[:+?!]*=(.*)", re.DOTALL)


class Task(NamedTuple):
    """A target of the Makefile. The help of the task, and that of its group, has an example for each variable."""

    needs: list[str]
    examples: dict[str, str]
    of_group: dict[str, str]


def typed_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables of make's command line as typed. In those that make exports, `$HOME` is expanded."""
    found = (_ASSIGNMENT.fullmatch(word) for word in _WORD.findall(environment.get("MAKEFLAGS", "")))
    return {match[1]: re.sub(r"\\(.)", r"\1", match[2]).replace("$$", "$") for match in found if match}


def tasks_in(makefile: str) -> dict[str, Task]:
    """Returns the tasks by name."""
    found: dict[str, Task] = {}
    last, of_group = None, _examples("")
    for line in makefile.splitlines():
        if line.startswith(_GROUP):
            of_group = _examples(line)
        elif match := _TASK.match(line):
            last = found[match[1]] = Task(match[2].split(), _examples(match[3] or ""), of_group)
        elif line.startswith(_MORE_HELP) and last:
            last.examples.update(_examples(line))
    return found


def mistakes(goals: Iterable[str], given: Mapping[str, str], makefile: str) -> Iterator[str]:
    """Yields a sentence for each mistake in the command line."""
    tasks = tasks_in(makefile)
    unknown = [goal for goal in goals if goal not in tasks]
    yield from (_unknown_task(goal, tasks) for goal in unknown)
    examples = _examples_of(goals, tasks)
    documented = {name for task in tasks.values() for name in (*task.examples, *task.of_group)}
    free = set(_OWN_VARIABLE.findall(makefile)) - documented
    for name, value in given.items():
        if name in examples:
            yield from _wrong_value(name, value, examples[name])
        elif not unknown and name not in free and _is_ours(name, documented):
            yield _unknown_variable(name, list(goals), list(examples))


def _is_ours(name: str, documented: Collection[str]) -> bool:
    """Whether a variable is in the help or a misspelt one of it, and not a setting of another program."""
    return name in documented or "_" not in name or bool(difflib.get_close_matches(name, documented, 1, _MISSPELT))


def _examples(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, example in _EXAMPLE.findall(text):
        found.setdefault(name, example)
    return found


def _examples_of(goals: Iterable[str], tasks: Mapping[str, Task]) -> dict[str, str]:
    """Returns the variables of the tasks and of their prerequisites."""
    found: dict[str, str] = {}
    for goal in goals:
        if task := tasks.get(goal):
            found = {**found, **task.examples, **task.of_group, **_examples_of(task.needs, tasks)}
    return found


def _wrong_value(name: str, value: str, example: str) -> Iterator[str]:
    allowed = example.split("|")
    numbers = any(each.isdigit() for each in allowed)
    if not value.strip():
        yield f"{name} is empty: write a value, such as {name}={allowed[0] or '…'}"
    elif value in allowed or (numbers and value.isdecimal()):
        return
    elif allowed == ["yes"]:
        yield f"{name} must be yes or left out, not {value}"
    elif numbers or len(allowed) > 1:
        words = ["a whole number" if each.isdigit() else each for each in allowed]
        yield f"{name} must be {' or '.join([', '.join(words[:-1]), words[-1]] if words[1:] else words)}, not {value}"


def _unknown_task(goal: str, tasks: Iterable[str]) -> str:
    near = difflib.get_close_matches(goal, tasks, 1)
    hint = f"did you mean {near[0]}" if near else "a variable is written NAME=value"
    return f"there is no task {goal}: {hint}; `make help` lists the tasks"


def _unknown_variable(name: str, goals: list[str], known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    if not known:
        return f"make {' '.join(goals)} accepts no variables: remove {name}"
    return f"make {' '.join(goals)} accepts {', '.join(known)}, not {name}{hint}"


def main() -> None:
    """Exit with the mistakes in the command line, if there are any."""
    goals = os.environ.get("GOALS", "").split()
    found = list(mistakes(goals, typed_variables(os.environ), MAKEFILE.read_text(encoding="utf-8")))
    if found:
        sys.exit("\n".join(f"microshop: {each}" for each in found))


if __name__ == "__main__":
    main()
