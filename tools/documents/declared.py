"""Finds the models, views and events in the packages of microshop."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import pkgutil
import textwrap
from importlib import import_module
from typing import TYPE_CHECKING

import microshop
from tools.documents.type_checking import load_type_checking_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@functools.cache
def modules(suffix: str) -> tuple[ModuleType, ...]:
    """Returns the modules with this suffix, including names that they import only for type checkers."""
    names = [found.name for found in pkgutil.walk_packages(microshop.__path__, "microshop.")]
    return tuple(load_type_checking_names(import_module(name)) for name in names if name.endswith(suffix))


def classes(suffix: str) -> Iterator[type]:
    """Yields the classes that these modules define."""
    for module in modules(suffix):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                yield value


def field_docs(kind: type) -> dict[str, str]:
    """Returns the strings below the fields of a class and its bases."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("microshop."):
            docs |= _own_field_docs(base)
    return docs


def _own_field_docs(kind: type) -> dict[str, str]:
    source = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = [statement for definition in source.body for statement in ast.iter_child_nodes(definition)]
    docs = {}
    for field, below in itertools.pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = inspect.cleandoc(text)
    return docs
