"""Reads query parameters. Refuses duplicates, and reports all errors in one response."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from microshop.errors import FieldProblem, InvalidInput
from microshop.text import is_storable, normalise_search

_INTEGER = re.compile(r"\d{1,18}", re.ASCII)


class QueryParameters:
    """Collects errors while an endpoint reads its parameters; `finish` raises them together.

    `ignores_unknown` is for public endpoints, because monitors and campaign links add their own parameters.
    """

    def __init__(self, values: Mapping[str, Sequence[str]], *, ignores_unknown: bool = False) -> None:
        self._values = values
        self._ignores_unknown = ignores_unknown
        self._read: set[str] = set()
        self._problems: list[FieldProblem] = []

    def text(self, name: str, max_length: int) -> str | None:
        """Returns a text of 1 to `max_length` characters, normalised as stored text is; None if not sent."""
        value = self._take(name)
        value = value and normalise_search(value)
        if value is not None and not 1 <= len(value) <= max_length:
            self._refuse(name, f"must have 1 to {max_length} characters")
            return None
        return value

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """Returns one of `allowed`."""
        value = self._take(name)
        if value is not None and value not in allowed:
            self._refuse(name, f"must be one of {', '.join(sorted(allowed))}")
            return default
        return value or default

    def integer(self, name: str, low: int, high: int, default: int) -> int:
        """Returns a whole number from `low` to `high`."""
        value = self._take(name)
        if value is None:
            return default
        if not _INTEGER.fullmatch(value) or not low <= int(value) <= high:
            self._refuse(name, f"must be a whole number from {low} to {high}")
            return default
        return int(value)

    def flag(self, name: str) -> bool | None:
        """Returns True for `true`, False for `false`; None if not sent."""
        value = self._take(name)
        if value is not None and value not in ("true", "false"):
            self._refuse(name, "must be true or false")
        return None if value is None else value == "true"

    def parse[Value](self, name: str, parse: Callable[[str], Value]) -> Value | None:
        """Returns the parameter as parsed by `parse`; None if not sent. The client gets the message of a ValueError."""
        value = self._take(name)
        try:
            return None if value is None else parse(value)
        except ValueError as error:
            self._refuse(name, str(error))
            return None

    def parse_each[Value](self, prefix: str, parse: Callable[[str, Sequence[str]], Value]) -> list[Value]:
        """Returns the parameters whose names begin with `prefix`, as parsed from the rest of the name and the values.

        They may be given more than once. The client gets the message of a ValueError.
        """
        parsed = []
        for name in [name for name in self._values if name.startswith(prefix)]:
            self._read.add(name)
            try:
                parsed.append(parse(name.removeprefix(prefix), self._values[name]))
            except ValueError as error:
                self._refuse(name[:64] if is_storable(name) else "query", str(error))
        return parsed

    def finish(self) -> None:
        """Reject invalid parameters, and unknown ones unless they are ignored.

        Raises:
            InvalidInput: names every parameter that is unknown, duplicate or invalid.
        """
        names = () if self._ignores_unknown else self._values.keys() - self._read
        # The error names the parameter, and the name of a field must not be empty.
        unknown = [
            FieldProblem(name[:64] if name and is_storable(name) else "query", "is not a parameter of this endpoint")
            for name in names
        ]
        if self._problems or unknown:
            raise InvalidInput(*self._problems, *sorted(unknown, key=lambda problem: problem.field))

    def _take(self, name: str) -> str | None:
        self._read.add(name)
        values = self._values.get(name, ())
        if len(values) > 1:
            self._refuse(name, "is given more than once")
            return None
        if values and not is_storable(values[0]):
            self._refuse(name, "contains a character that cannot be stored")
            return None
        return values[0] if values else None

    def _refuse(self, name: str, reason: str) -> None:
        self._problems.append(FieldProblem(name, reason))
