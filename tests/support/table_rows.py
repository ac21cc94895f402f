"""Checks a table of inputs in one test: each function returns a line for each wrong row, so a failure lists all."""

from collections.abc import Callable, Iterable
from typing import Any


def wrong_answers(ask: Callable[..., object], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Returns the rows to which `ask` gives another answer. A row is the arguments and, last, the expected answer."""
    wrong = []
    for *arguments, answer in rows:
        try:
            found = ask(*arguments)
        except Exception as error:  # noqa: BLE001 - an error is a wrong answer like any other
            found = error
        if found != answer:
            wrong.append(f"{_shown(arguments)}: {found!r}, not {answer!r}")
    return wrong


def not_refused(
    act: Callable[..., object], rows: Iterable[Any], reason: str, error: type[Exception] = ValueError
) -> list[str]:
    """Returns the rows that `act` does not refuse for this reason. A row is the argument, or a tuple of arguments."""
    wrong = []
    for row in rows:
        arguments = row if isinstance(row, tuple) else (row,)
        try:
            found = f"{act(*arguments)!r}"
        except error as refused:
            if reason in str(refused):
                continue
            found = f"refused because {refused}"
        except Exception as other:  # noqa: BLE001 - another error is a wrong row like an acceptance
            found = f"{other!r}"
        wrong.append(f"{_shown(arguments)}: {found}")
    return wrong


def _shown(arguments: Iterable[object]) -> str:
    shown = ", ".join(map(repr, arguments))
    return shown if len(shown) <= 120 else f"{shown[:120]}…"
