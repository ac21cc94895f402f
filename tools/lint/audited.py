"""Finds out from the source whether a handler's use cases write to the audit log."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LAYER = ROOT / "layers" / "shared"

# A function: its module, such as microshop.orders.updating, and its name.
type _Place = tuple[str, str]


class _Module:
    """The functions of a module, and what its names mean."""

    def __init__(self, file: Path) -> None:
        tree = ast.parse(file.read_text())
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.imported: Mapping[str, _Place] = dict(_imports(tree))


def is_for_staff(handler: Path) -> bool:
    """Whether the handler's decorator requires a scope or a session of staff, alone or among others."""
    module = _module(handler)
    names = {
        name.id
        for decorator in module.functions["handler"].decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
        if keyword.arg == "requires"
        for name in ast.walk(keyword.value)
        if isinstance(name, ast.Name)
    }
    return any(name == "STAFF" or module.imported.get(name, ("", ""))[0] == "microshop.scopes" for name in names)


def writes_audit_rows(handler: Path) -> bool:
    """Whether the handler calls `….audit.record(…)` or `….audit.record_each(…)`, directly or in the layer."""
    module = _module(handler)
    waiting, seen = list(_used(module, "", "handler")), set[_Place]()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        found = _module_named(place[0])
        if found is None or place[1] not in found.functions:
            continue
        if any(_records(node) for node in ast.walk(found.functions[place[1]])):
            return True
        waiting += _used(found, *place)
    return False


def _used(module: _Module, name_of_module: str, function: str) -> Iterator[_Place]:
    for node in ast.walk(module.functions[function]):
        match node:
            case ast.Name(id=name) if name in module.imported:
                yield module.imported[name]
            case ast.Name(id=name) if name in module.functions:
                yield name_of_module, name
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in module.imported:
                yield ".".join(module.imported[name]), attribute  # `from microshop.orders import reading`


def _records(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="audit"), attr="record" | "record_each")):
            return True
    return False


def _imports(tree: ast.Module) -> Iterator[tuple[str, _Place]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("microshop"):
            for alias in node.names:
                yield alias.asname or alias.name, (node.module, alias.name)


def _module_named(name: str) -> _Module | None:
    file = _LAYER.joinpath(*name.split(".")).with_suffix(".py")
    return _module(file) if name and file.exists() else None


@functools.cache
def _module(file: Path) -> _Module:
    return _Module(file)
