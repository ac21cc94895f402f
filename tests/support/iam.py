"""Evaluates IAM policies of one role: a Deny overrides any Allow, and a call without an Allow is denied."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request to AWS. The resource "*" means none: only a statement on "*" allows the call."""

    action: str
    resource: str = "*"
    context: tuple[tuple[str, str], ...] = ()  # condition keys of the request and their values


class Policies:
    """The statements of a role, resolved."""

    def __init__(self, statements: Iterable[Mapping[str, Any]]) -> None:
        self._statements = list(statements)
        self._by_action: dict[str, list[Mapping[str, Any]]] = {}

    def allow(self, call: Call) -> bool:
        if call.action not in self._by_action:
            self._by_action[call.action] = [each for each in self._statements if _names(each, call.action)]
        return {each["Effect"] for each in self._by_action[call.action] if _covers(each, call)} == {"Allow"}


def listed(value: Any) -> list[Any]:
    """The value as a list: IAM accepts a single value for a list of one."""
    return value if isinstance(value, list) else [value]


def _names(statement: Mapping[str, Any], action: str) -> bool:
    unknown = statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown:
        raise NotImplementedError(f"a statement with {', '.join(unknown)}")
    return any(_matches(pattern.lower(), action.lower()) for pattern in listed(statement["Action"]))


def _covers(statement: Mapping[str, Any], call: Call) -> bool:
    return any(_matches(pattern, call.resource) for pattern in listed(statement["Resource"])) and all(
        _holds(operator, listed(values), dict(call.context).get(key))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _holds(operator: str, values: list[str], actual: str | None) -> bool:
    match operator:
        case "StringEquals":
            return actual in values
        case "ArnLike":
            return actual is not None and any(_matches(pattern, actual) for pattern in values)
    raise NotImplementedError(f"the condition operator {operator}")


def _matches(pattern: str, text: str) -> bool:
    return _regex(pattern).fullmatch(text) is not None


@functools.cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))
