"""The models, views and events that the packages of microshop declare, found by walking them."""

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
from tools.documents.type_checking import complete

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@functools.cache
def modules(ending: str) -> tuple[ModuleType, ...]:
    """The modules whose names end so, with all that they import for type checkers."""
    names = [found.name for found in pkgutil.walk_packages(microshop.__path__, "microshop.")]
    return tuple(complete(import_module(name)) for name in names if name.endswith(ending))


def classes(ending: str) -> Iterator[type]:
    """The classes that those modules declare themselves."""
    for module in modules(ending):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                yield value


def field_docs(kind: type) -> dict[str, str]:
    """The strings below the fields of a class, its bases' included."""
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
