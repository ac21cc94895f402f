"""Executes blocks under TYPE_CHECKING, so that annotations can be evaluated."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_SEEN: set[ModuleType] = set()


def load_type_checking_names(module: ModuleType) -> ModuleType:
    """Define the names under TYPE_CHECKING in the module, and in the modules that it imports there.

    Modules import types from each other, so a statement that fails is retried after the others. A statement that always
    fails, such as an import of stubs, is skipped; evaluating an annotation that needs it then fails.
    """
    pending = list(_statements(module))
    while pending:
        failed = [(statement, owner) for statement, owner in pending if not _runs(statement, owner)]
        if len(failed) == len(pending):
            break
        pending = failed
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
