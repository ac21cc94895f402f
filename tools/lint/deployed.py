"""A template after the SAM transform, with the possible values of intrinsic functions."""

from __future__ import annotations

import functools
import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.templates.sam import effective_parameters, load, transform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ONE_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z.]+)?\}")


@dataclass(frozen=True)
class Unknown:
    """A value that only a deployment knows: a parameter without a default, or an attribute of another resource."""

    expression: Any


@dataclass(frozen=True)
class Resource:
    """A resource after the SAM transform."""

    logical_id: str
    type: str
    properties: dict[str, Any] = field(hash=False)
    attributes: dict[str, Any] = field(hash=False)


class Deployed:
    """A template file after the SAM transform, with its source."""

    def __init__(self, file: Path) -> None:
        self.file = file
        source = load(file)
        self.source = deepcopy(source)
        self.parameters: dict[str, dict[str, Any]] = source.get("Parameters") or {}
        # The transform needs a value for each parameter; the rules evaluate the intrinsic functions that remain.
        placeholders = {name: declared.get("Default", name) for name, declared in self.parameters.items()}
        template = transform(source, effective_parameters(source, placeholders, file), file)
        self.outputs: dict[str, dict[str, Any]] = template.get("Outputs") or {}
        self.by_id = {name: _resource(name, body) for name, body in template["Resources"].items()}

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yields every resource of these types."""
        yield from (resource for resource in self.by_id.values() if resource.type in types)

    def values(self, within: Any, *path: str) -> list[Any]:
        """Returns all possible values of a nested property, with every branch of Fn::If; None if it may be missing."""
        found = self._possible(within)
        for name in path:
            found = [value for each in found for value in self._possible(_member(each, name))]
        return found

    def items(self, within: Any, *path: str) -> list[Any]:
        """Returns all possible items of a list property; a single value counts as a list of one."""
        return [
            item
            for value in self.values(within, *path)
            for each in (value if isinstance(value, list) else [value])
            for item in self._possible(each)
            if item is not None
        ]

    def named(self, value: Any) -> Resource | None:
        """Returns the resource in Ref, Fn::GetAtt or a single substitution; for an alias, its function."""
        expression = value.expression if isinstance(value, Unknown) else value
        found = self.by_id.get(_name_in(expression))
        if found is not None and found.type == "AWS::Lambda::Alias":
            return self.named(found.properties.get("FunctionName"))
        return found

    def source_id(self, logical_id: str) -> str:
        """Returns the resource in the source from which SAM created this one."""
        within = [name for name in self.source["Resources"] if logical_id.startswith(name)]
        return max(within, key=len, default=logical_id)

    def source_property(self, logical_id: str, name: str) -> Any:
        """Returns a property of a SAM function in the source, or in Globals."""
        written = self.source["Resources"][logical_id].get("Properties") or {}
        common = (self.source.get("Globals") or {}).get("Function") or {}
        return written.get(name, common.get(name))

    def _possible(self, value: Any) -> list[Any]:
        if not isinstance(value, dict) or len(value) != 1:
            return [value]
        [(function, argument)] = value.items()
        if function == "Fn::If":
            return [each for branch in argument[1:] for each in self._possible(branch)]
        if function == "Ref":
            return self._of_reference(argument)
        return [Unknown(value)] if function.startswith("Fn::") else [value]

    def _of_reference(self, name: str) -> list[Any]:
        if name == "AWS::NoValue":
            return [None]
        declared: Mapping[str, Any] = self.parameters.get(name, {})
        if declared.get("AllowedValues"):
            return list(declared["AllowedValues"])
        return [declared["Default"]] if "Default" in declared else [Unknown({"Ref": name})]


def read(file: Path) -> Deployed:
    """Returns a template, which is transformed once for all rules.

    Raises:
        TemplateError: it cannot be read, or SAM refuses it.
    """
    return _read(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=32)
def _read(file: Path, changed_at: int) -> Deployed:  # noqa: ARG001  (a part of the cache's key)
    return Deployed(file)


def is_true(value: Any) -> bool:
    """Whether CloudFormation reads the value as true."""
    return str(value).lower() == "true"


def is_false(value: Any) -> bool:
    """Whether CloudFormation reads the value as false. A missing value is neither true nor false."""
    return str(value).lower() == "false"


def _resource(logical_id: str, body: dict[str, Any]) -> Resource:
    return Resource(logical_id, body["Type"], body.get("Properties") or {}, body)


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _name_in(expression: Any) -> str:
    if not isinstance(expression, dict) or len(expression) != 1:
        return ""
    [(function, argument)] = expression.items()
    if function == "Ref":
        return str(argument)
    if function == "Fn::GetAtt":
        return str(argument[0] if isinstance(argument, list) else argument).partition(".")[0]
    single = _ONE_SUBSTITUTION.fullmatch(argument) if function == "Fn::Sub" and isinstance(argument, str) else None
    return single[1] if single else ""
