"""Templates with a stage's parameters: SAM transformed, parameters and conditions resolved, references kept.

The scanner follows references between resources, but does not evaluate conditions.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from tools.templates.files import templates
from tools.templates.sam import load
from tools.templates.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STANDALONE = "standalone"  # instead of a stage, for templates that an administrator deploys once per account
_NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)\}")
_ENDPOINT = "http://aws.invalid"  # the base of queues' URLs in the local form of references between stacks


def write_stages(root: Path, into: Path) -> dict[str, list[str]]:
    """Write each distinct template once. Returns the stages that deploy it, by the path in the folder."""
    stages_of: dict[str, list[str]] = {}
    nested: set[Path] = set()
    for stage in sorted((root / "infra" / "stages").glob("*.yaml")):
        # The same stack name for all stages, so that otherwise equal templates are one.
        for stack in _stack(root / "template.yaml", yaml.safe_load(stage.read_text(encoding="utf-8"))).walk():
            nested.add(stack.file)
            stages_of.setdefault(_write(stack, into, stage.stem), []).append(stage.stem)
    for file in templates():
        if file.is_relative_to(root) and file not in nested:
            stages_of[_write(_stack(file, _placeholder_values(file)), into, STANDALONE)] = [STANDALONE]
    return stages_of


def _stack(file: Path, parameters: dict[str, Any]) -> Stack:
    return Stack(file, name="microshop", parameters=parameters, aws_endpoint_url=_ENDPOINT)


def _placeholder_values(file: Path) -> dict[str, Any]:
    """Returns a value for each parameter of a template without a stage."""
    declared: dict[str, dict[str, Any]] = load(file).get("Parameters") or {}
    return {name: each.get("Default", (each.get("AllowedValues") or [name])[0]) for name, each in declared.items()}


def _write(stack: Stack, into: Path, name: str) -> str:
    """Write the template, unless an earlier stage has an equal one. Returns its path in the folder."""
    resources = {logical_id: resolve(resource, stack) for logical_id, resource in stack.resources()}
    text = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}, indent=1)
    (folder := into / stack.file.stem).mkdir(exist_ok=True)
    known = [path for path in sorted(folder.iterdir()) if path.read_text(encoding="utf-8") == text]
    path = known[0] if known else folder / f"{name}.json"
    path.write_text(text, encoding="utf-8")
    return str(path.relative_to(into))


def resolve(value: Any, stack: Stack) -> Any:
    """Returns the value with parameters, mappings and conditions resolved. Other intrinsic functions stay."""
    resolved = _resolve(value, stack)
    return None if resolved is _NO_VALUE else resolved


def _resolve(value: Any, stack: Stack) -> Any:
    if isinstance(value, list):
        return [item for item in (_resolve(each, stack) for each in value) if item is not _NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(function, argument)] = value.items()
        if function in _RESOLVERS:
            return _RESOLVERS[function](argument, stack)
    resolved = {name: _resolve(each, stack) for name, each in value.items()}
    return {name: each for name, each in resolved.items() if each is not _NO_VALUE}


def _reference(name: str, stack: Stack) -> Any:
    return _NO_VALUE if name == "AWS::NoValue" else stack.parameters.get(name, {"Ref": name})


def _branch(argument: list[Any], stack: Stack) -> Any:
    return _resolve(argument[1 if stack.intrinsics.condition(argument[0]) else 2], stack)


def _of_mapping(argument: list[Any], stack: Stack) -> Any:
    return stack.intrinsics.resolve({"Fn::FindInMap": argument}, stack.file.name)


def _text(argument: Any, stack: Stack) -> Any:
    if not isinstance(argument, str):
        return {"Fn::Sub": [argument[0], _resolve(argument[1], stack)]}
    return {"Fn::Sub": _PLACEHOLDER.sub(lambda found: _filled(found, stack), argument)}


def _filled(found: re.Match[str], stack: Stack) -> str:
    value = stack.parameters.get(found[1], found[0])
    return ",".join(value) if isinstance(value, list) else str(value)


_RESOLVERS: dict[str, Callable[[Any, Stack], Any]] = {
    "Ref": _reference,
    "Fn::If": _branch,
    "Fn::FindInMap": _of_mapping,
    "Fn::Sub": _text,
}
