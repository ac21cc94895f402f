"""Runs what modules import and declare under TYPE_CHECKING, so that their annotations can be evaluated."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_SEEN: set[ModuleType] = set()


def complete(module: ModuleType) -> ModuleType:
    """Give the module the names that type checkers see in it, and the same for the modules that these come from.

    Modules import each other's types in circles, so a statement that fails is run again after the others. One that
    fails for good, such as an import of stubs, is left out: an annotation that needs it fails when it is evaluated.
    """
    waiting = list(_statements(module))
    while waiting:
        failed = [(statement, owner) for statement, owner in waiting if not _runs(statement, owner)]
        if len(failed) == len(waiting):
            break
        waiting = failed
    return module


def _statements(module: ModuleType) -> Iterator[tuple[ast.stmt, ModuleType]]:
    if module in _SEEN:
        return
    _SEEN.add(module)
    for block in ast.parse(inspect.getsource(module)).body:
        match block:
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
                for statement in body:
                    yield statement, module
                    match statement:
                        case ast.ImportFrom(module=str(name)) if name.startswith("microshop."):
                            yield from _statements(import_module(name))


def _runs(statement: ast.stmt, module: ModuleType) -> bool:
    try:
        exec(compile(ast.Module([statement], []), module.__name__, "exec"), vars(module))  # noqa: S102 - our own code
    except (ImportError, NameError):
        return False
    return True
