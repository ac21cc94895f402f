"""Computes the component schemas of the API from code: request models, views, and named types of their fields.

A component has the name of its class or type, without the ending `View`. A request model is a `RequestModel` of a
`schemas` module, a view a `TypedDict` of a `view` module. Components are the types that docs/openapi.yaml refers to,
and the types of their fields. A named type is a component only if docs/openapi.yaml refers to it; else it is inlined.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, field
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, TypeAliasType, get_args, get_origin, get_type_hints, is_typeddict

from microshop.schemas import RequestModel
from tools.documents.declared import classes, modules
from tools.documents.json_types import definition_of, object_of
from tools.documents.problems import problem_schemas, problem_types
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pydantic.fields import FieldInfo

    from tools.documents.json_types import Refer, Schema

_MODELS, _VIEWS = "schemas", "view"


@dataclass(frozen=True)
class Component:
    """A computed component. Code has all limits of requests; limits of responses may be in docs/openapi.yaml."""

    schema: Schema
    module: str
    is_sent_by_clients: bool


@dataclass(frozen=True)
class _Declaration:
    name: str
    kind: Any
    module: str
    is_sent_by_clients: bool

    def component(self, refer: Refer) -> Component:
        is_model = isinstance(self.kind, type) and issubclass(self.kind, RequestModel)
        schema = _body(self.kind, refer) if is_model else definition_of(self.kind, refer)
        return Component(schema, self.module, self.is_sent_by_clients)


def components(described: Collection[str]) -> dict[str, Component]:
    """Returns the components by name; `described` are the names that docs/openapi.yaml uses.

    Raises:
        LocalProblem: two types of one name have different schemas.
    """
    found = _Found(described)
    for declaration in _declarations():
        if declaration.name in described:
            found.refer(declaration.kind)
    if "Problem" in found.components:
        problem = found.components["Problem"]
        problem.schema["properties"]["type"]["enum"] = problem_types()
        for name, schema in problem_schemas().items():
            found.components[name] = Component(schema, problem.module, is_sent_by_clients=False)
    return found.components


@dataclass
class _Found:
    described: Collection[str]
    components: dict[str, Component] = field(default_factory=dict)
    _visited: list[Any] = field(default_factory=list)

    def refer(self, kind: Any) -> Schema | None:
        """Returns the reference to the type's component, or None if it is not a component."""
        declaration = self._declaration(kind)
        if declaration is None:
            return None
        if not any(kind is visited for visited in self._visited):
            self._visited.append(kind)
            self._add(declaration.name, declaration.component(self.refer))
        return {"$ref": f"#/components/schemas/{declaration.name}"}

    def _declaration(self, kind: Any) -> _Declaration | None:
        if isinstance(kind, TypeAliasType) and kind.__name__ in self.described:
            return _Declaration(kind.__name__, kind, str(kind.__module__), is_sent_by_clients=False)
        for declaration in _declarations():
            if declaration.kind is kind and (declaration.name in self.described or isinstance(kind, type)):
                return declaration
        return None

    def _add(self, name: str, component: Component) -> None:
        if self.components.setdefault(name, component).schema != component.schema:
            raise LocalProblem(f"Two types named {name} differ; docs/openapi.yaml has one component of that name.")


@functools.cache
def _declarations() -> tuple[_Declaration, ...]:
    """Returns all request models, views and named annotated types. Private classes are inlined."""
    return tuple(_declarations_in_modules())


def _declarations_in_modules() -> Iterator[_Declaration]:
    for kind in classes(_MODELS):
        if issubclass(kind, RequestModel) and not kind.__name__.startswith("_"):
            yield _Declaration(kind.__name__, kind, kind.__module__, is_sent_by_clients=True)
    for kind in classes(_VIEWS):
        if is_typeddict(kind) and not kind.__name__.startswith("_"):
            yield _Declaration(kind.__name__.removesuffix("View"), kind, kind.__module__, is_sent_by_clients=False)
    for module in modules(_MODELS):
        for name, value in vars(module).items():
            if get_origin(value) is Annotated:
                yield _Declaration(name, value, module.__name__, is_sent_by_clients=True)


def _body(model: type[RequestModel], refer: Refer) -> Schema:
    hints = get_type_hints(model, include_extras=True)
    fields = {info.alias or name: (_without_none(hints[name]), info) for name, info in model.model_fields.items()}
    required = [name for name, (_, info) in fields.items() if info.is_required()]
    schema = object_of({name: kind for name, (kind, _) in fields.items()}, required, refer)
    for name, (_, info) in fields.items():
        schema["properties"][name] |= _default(info)
    return schema


def _without_none(kind: Any) -> Any:
    """Returns the type without None: requests may omit the field, but not send null."""
    parts = [part for part in get_args(kind) if part is not NoneType]
    return functools.reduce(operator.or_, parts) if NoneType in get_args(kind) else kind


def _default(info: FieldInfo) -> Schema:
    value = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    return {} if value is None else {"default": value}
