"""The settings of `make run` in the environment. docs/local-stack.md lists the variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """Whether requests are throttled as on AWS, and how the log is written."""

    throttle: bool = True
    readable: bool = True
    coloured: bool = False
    debug: bool = False


def read_settings(environment: Mapping[str, str], *, is_terminal: bool) -> Settings:
    """Returns the settings.

    Raises:
        LocalProblem: a variable has another value than its choices; the text names it.
    """
    formats = ("text", "json") if is_terminal else ("json", "text")
    readable = _choice(environment, "LOG_FORMAT", formats) == "text"
    return Settings(
        throttle=_choice(environment, "LOCAL_THROTTLE", ("on", "off")) == "on",
        readable=readable,
        coloured=readable and is_terminal and wants_colours(environment),
        debug=_choice(environment, "LOG", ("info", "debug")) == "debug",
    )


def wants_colours(environment: Mapping[str, str]) -> bool:
    """Whether a terminal gets colours."""
    # NO_COLOR applies with any value that is not empty: https://no-color.org
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Returns one of the choices, of which the first is the default."""
    chosen = environment.get(name) or choices[0]
    if chosen not in choices:
        raise LocalProblem(f"{name} is {chosen!r}, but must be {' or '.join(choices)}")
    return chosen
