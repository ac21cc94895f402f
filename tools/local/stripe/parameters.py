"""Parses the parameters of Stripe's API: form fields named by paths, such as `card[number]` and `expand[0]`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Parameters = dict[str, Any]

_NAME = re.compile(r"[^\[\]]+((\[[^\[\]]*\])*)")


def from_form(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Returns the form as nested dictionaries and lists. All values stay strings."""
    tree: Parameters = {}
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            raise invalid(f"Invalid parameter name: {name}", code="parameter_unknown", param=name)
        branch = tree
        *path, leaf = name.replace("]", "").split("[")
        for part in path:
            below = branch.setdefault(part, {})
            if not isinstance(below, dict):
                raise invalid(f"Invalid hash: {name}", param=name)
            branch = below
        branch[leaf or str(len(branch))] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def from_json(body: str) -> Parameters:
    """Returns the parameters in a JSON object."""
    try:
        read = json.loads(body)
    except ValueError:
        raise invalid("Invalid request body.") from None
    if not isinstance(read, dict):
        raise invalid("Invalid request body.")
    return read


def as_integer(parameters: Mapping[str, Any], name: str) -> int | None:
    """Returns the parameter as a number, or None if it is missing."""
    value = parameters.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"-?\d{1,18}", str(value), re.ASCII):
        raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def as_flag(value: Any) -> bool:
    """Whether a parameter of a form or of JSON is true."""
    return value in (True, "true")


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(below) for name, below in value.items()}
