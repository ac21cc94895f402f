"""The variables of `make load`."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from tools.operator.variables import CommandVariables, Email, Yes, variable_error

_MAX = {"RATE": 5_000, "DURATION": 3_600, "ERRORS": 100}


def _whole_number(name: str, smallest: int) -> BeforeValidator:
    def check(text: str | int) -> int:
        if not (str(text).isascii() and str(text).isdecimal() and smallest <= int(text) <= _MAX[name]):
            raise variable_error(f"must be a whole number from {smallest} to {_MAX[name]}")
        return int(text)

    return BeforeValidator(check)


def _new_file(path: Path) -> Path:
    if not path.parent.is_dir() or path.is_dir():
        raise variable_error("must be a file in an existing folder")
    return path


class LoadVariables(CommandVariables):
    """Rate in requests a second, duration in seconds; `errors` is the accepted share of failed requests in percent."""

    url: str | None = None
    rate: Annotated[int, _whole_number("RATE", 1)] = 20
    duration: Annotated[int, _whole_number("DURATION", 1)] = 30
    errors: Annotated[int, _whole_number("ERRORS", 0)] = 1
    stage: str | None = None
    email: Email | None = None
    result: Annotated[Path, AfterValidator(_new_file)] | None = None
    force: Yes = False
