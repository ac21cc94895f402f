"""Reads and validates the variables of a command, such as `EMAIL=… CREATE=yes`.

They come from the command line of make or of `python -m tools.operator`, or from the environment.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from microshop.users.user import normalise_email
from tools.problems import LocalProblem
from tools.setup.command_line import typed_variables

_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}", re.ASCII)
_MAX_DAYS = 36_500


def variable_error(sentence: str) -> PydanticCustomError:
    """Returns the error of one variable (`must be …`), or of several (a whole sentence)."""
    return PydanticCustomError("variable_error", "{sentence}", {"sentence": sentence})


def _yes(text: str) -> bool:
    if text != "yes":
        raise variable_error("must be yes or left out")
    return True


def _email(text: str) -> str:
    try:
        return normalise_email(text)
    except ValueError as error:
        raise variable_error(str(error)) from None


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise variable_error("must be a time with an offset, such as 2026-11-24T10:00Z")
    return text


def _names(text: str) -> list[str]:
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise variable_error("must be a name, or several names separated by commas")
    return found


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _MAX_DAYS):
        raise variable_error(f"must be a whole number of days from 1 to {_MAX_DAYS}")
    return int(text)


def _stack(text: str) -> str:
    if not _STACK.fullmatch(text):
        raise variable_error("must be the name of a stack, such as microshop-prod")
    return text


Yes = Annotated[bool, BeforeValidator(_yes)]
Email = Annotated[str, AfterValidator(_email)]
Moment = Annotated[str, AfterValidator(_moment)]
Names = Annotated[list[str], BeforeValidator(_names)]
Days = Annotated[int, BeforeValidator(_days)]


class CommandVariables(BaseModel):
    """The variables of a command, of which each is a field."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=str.upper)

    @classmethod
    def read(cls, command: str, words: Iterable[str], environment: Mapping[str, str]) -> Self:
        """Returns the variables from the words of the command line and from the environment.

        Raises:
            LocalProblem: one is missing, unknown, empty or wrong, or two contradict each other.
        """
        typed = typed_variables(environment)
        known = sorted((str(field.alias) for field in cls.model_fields.values()), key="STACK".__eq__)  # STACK last
        given = {name: environment[name] for name in known if environment.get(name)}
        given |= {name: typed[name] for name in known if name in typed}
        given |= dict(_assignment(command, word, known) for word in words)
        for name, value in given.items():
            if not value.strip():
                raise LocalProblem(f"{name} is empty: write a value, or leave it out")
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            found = error.errors()
            unknown = [
                each for each in found if each["type"] == "extra_forbidden"
            ]  # a missing variable may only be misspelt
            raise LocalProblem("; ".join(_sentence(command, each, known) for each in unknown or found)) from None


class Variables(CommandVariables):
    """The variables of every command of the operator. A command with further variables has a subclass."""

    stack: Annotated[str, AfterValidator(_stack)] | None = None


def _assignment(command: str, word: str, known: list[str]) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals:
        raise LocalProblem(f"make {command} does not accept {word}, only {', '.join(f'{each}=…' for each in known)}")
    return name, value


def _sentence(command: str, error: ErrorDetails, known: list[str]) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    match error["type"]:
        case "missing":
            return f"make {command} needs {name}=…"
        case "extra_forbidden":
            return f"make {command} accepts {', '.join(known)}, not {name}"
        case _ if name:
            return f"{name} {error['msg']}, not {error['input']}"
        case _:
            return error["msg"]
