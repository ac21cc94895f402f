"""A template as CloudFormation gets it: SAM's short forms spelt out, intrinsics as the values that they may have."""

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
    """What only the deployment knows: a parameter without a default, another resource's attribute."""

    expression: Any


@dataclass(frozen=True)
class Resource:
    """One resource after the SAM transform."""

    logical_id: str
    type: str
    properties: dict[str, Any] = field(hash=False)
    attributes: dict[str, Any] = field(hash=False)


class Deployed:
    """One template file after the SAM transform, with its source beside it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        source = load(file)
        self.source = deepcopy(source)
        self.parameters: dict[str, dict[str, Any]] = source.get("Parameters") or {}
        # The transform wants a value for each parameter; the rules look at the intrinsics that it leaves.
        stand_ins = {name: declared.get("Default", name) for name, declared in self.parameters.items()}
        template = transform(source, effective_parameters(source, stand_ins, file), file)
        self.outputs: dict[str, dict[str, Any]] = template.get("Outputs") or {}
        self.by_id = {name: _resource(name, body) for name, body in template["Resources"].items()}

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of these types."""
        yield from (resource for resource in self.by_id.values() if resource.type in types)

    def values(self, within: Any, *path: str) -> list[Any]:
        """All that may stand at a path of properties, every branch of an Fn::If followed; None where nothing does."""
        found = self._possible(within)
        for name in path:
            found = [value for each in found for value in self._possible(_member(each, name))]
        return found

    def items(self, within: Any, *path: str) -> list[Any]:
        """Every item that a list at a path may have; a lone value counts as a list of one."""
        return [
            item
            for value in self.values(within, *path)
            for each in (value if isinstance(value, list) else [value])
            for item in self._possible(each)
            if item is not None
        ]

    def named(self, value: Any) -> Resource | None:
        """The resource that Ref, Fn::GetAtt or a lone substitution names; in place of an alias, its function."""
        expression = value.expression if isinstance(value, Unknown) else value
        found = self.by_id.get(_name_in(expression))
        if found is not None and found.type == "AWS::Lambda::Alias":
            return self.named(found.properties.get("FunctionName"))
        return found

    def source_id(self, logical_id: str) -> str:
        """The resource of the file that SAM made this one from."""
        within = [name for name in self.source["Resources"] if logical_id.startswith(name)]
        return max(within, key=len, default=logical_id)

    def source_property(self, logical_id: str, name: str) -> Any:
        """A property of a SAM function as it is written, or what Globals say."""
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
    """The template of a file; read and transformed once for all rules.

    Raises:
        TemplateError: it cannot be read, or SAM does not take it.
    """
    return _read(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=32)
def _read(file: Path, changed_at: int) -> Deployed:  # noqa: ARG001  (a part of the cache's key)
    return Deployed(file)


def is_true(value: Any) -> bool:
    """Whether CloudFormation takes it for true."""
    return str(value).lower() == "true"


def is_false(value: Any) -> bool:
    """Whether CloudFormation takes it for false; nothing is neither."""
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
    lone = _ONE_SUBSTITUTION.fullmatch(argument) if function == "Fn::Sub" and isinstance(argument, str) else None
    return lone[1] if lone else ""
