"""The templates as one stage deploys them: SAM spelt out, parameters and conditions decided, references kept.

The scanner follows references between resources, so these stay. It decides no conditions, so they are decided here.
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

ALONE = "alone"  # in place of a stage, for what an administrator deploys once in an account
_ABSENT = object()
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)\}")
_ENDPOINT = "http://aws.invalid"  # queues' URLs in the local form of references between stacks


def write_stages(root: Path, into: Path) -> dict[str, list[str]]:
    """Write each different template once; returns its path below the folder → the stages that deploy it so."""
    stages_of: dict[str, list[str]] = {}
    nested: set[Path] = set()
    for stage in sorted((root / "infra" / "stages").glob("*.yaml")):
        # One name for the stacks of all stages, so that templates which differ in nothing else are one.
        for stack in _stack(root / "template.yaml", yaml.safe_load(stage.read_text(encoding="utf-8"))).every():
            nested.add(stack.file)
            stages_of.setdefault(_write(stack, into, stage.stem), []).append(stage.stem)
    for file in templates():
        if file.is_relative_to(root) and file not in nested:
            stages_of[_write(_stack(file, _stand_ins(file)), into, ALONE)] = [ALONE]
    return stages_of


def _stack(file: Path, parameters: dict[str, Any]) -> Stack:
    return Stack(file, name="microshop", parameters=parameters, aws_endpoint_url=_ENDPOINT)


def _stand_ins(file: Path) -> dict[str, Any]:
    """A value for each parameter of a template that no stage gives any."""
    declared: dict[str, dict[str, Any]] = load(file).get("Parameters") or {}
    return {name: each.get("Default", (each.get("AllowedValues") or [name])[0]) for name, each in declared.items()}


def _write(stack: Stack, into: Path, name: str) -> str:
    """The path, below the folder, of the file that has this text, be it of an earlier stage."""
    resources = {logical_id: settle(resource, stack) for logical_id, resource in stack.resources()}
    text = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}, indent=1)
    (folder := into / stack.file.stem).mkdir(exist_ok=True)
    known = [path for path in sorted(folder.iterdir()) if path.read_text(encoding="utf-8") == text]
    path = known[0] if known else folder / f"{name}.json"
    path.write_text(text, encoding="utf-8")
    return str(path.relative_to(into))


def settle(value: Any, stack: Stack) -> Any:
    """The value with parameters, mappings and conditions decided; other intrinsics as they are."""
    settled = _settle(value, stack)
    return None if settled is _ABSENT else settled


def _settle(value: Any, stack: Stack) -> Any:
    if isinstance(value, list):
        return [item for item in (_settle(each, stack) for each in value) if item is not _ABSENT]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(function, argument)] = value.items()
        if function in _DECIDED:
            return _DECIDED[function](argument, stack)
    settled = {name: _settle(each, stack) for name, each in value.items()}
    return {name: each for name, each in settled.items() if each is not _ABSENT}


def _reference(name: str, stack: Stack) -> Any:
    return _ABSENT if name == "AWS::NoValue" else stack.parameters.get(name, {"Ref": name})


def _branch(argument: list[Any], stack: Stack) -> Any:
    return _settle(argument[1 if stack.intrinsics.condition(argument[0]) else 2], stack)


def _of_mapping(argument: list[Any], stack: Stack) -> Any:
    return stack.intrinsics.resolve({"Fn::FindInMap": argument}, stack.file.name)


def _text(argument: Any, stack: Stack) -> Any:
    if not isinstance(argument, str):
        return {"Fn::Sub": [argument[0], _settle(argument[1], stack)]}
    return {"Fn::Sub": _PLACEHOLDER.sub(lambda found: _filled(found, stack), argument)}


def _filled(found: re.Match[str], stack: Stack) -> str:
    value = stack.parameters.get(found[1], found[0])
    return ",".join(value) if isinstance(value, list) else str(value)


_DECIDED: dict[str, Callable[[Any, Stack], Any]] = {
    "Ref": _reference,
    "Fn::If": _branch,
    "Fn::FindInMap": _of_mapping,
    "Fn::Sub": _text,
}
