"""Converts Python types of fields in request models, views and events to JSON schemas."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from tools.documents.limits import limits_of
from tools.problems import LocalProblem

type Schema = dict[str, Any]
# Returns the reference to a type with its own schema, or None for a type that is inlined.
type Refer = Callable[[Any], Schema | None]
type Arguments = tuple[Any, ...]

_PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    object: {},
    Any: {},
}


def schema_of(kind: Any, refer: Refer) -> Schema:
    """Returns the schema of a value of this type, or the reference to it.

    Raises:
        LocalProblem: the type has no JSON form.
    """
    return refer(kind) or definition_of(kind, refer)


def definition_of(kind: Any, refer: Refer) -> Schema:
    """Returns the schema of this type; `refer` is called only for its parts.

    Raises:
        LocalProblem: the type has no JSON form.
    """
    if isinstance(kind, TypeAliasType):
        return schema_of(kind.__value__, refer)
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        # With annotations as text, __required_keys__ ignores NotRequired.
        required = [name for name in kind.__required_keys__ if get_origin(hints[name]) is not NotRequired]
        return object_of(hints, required, refer)
    if get_origin(kind) in _GENERIC:
        return _GENERIC[get_origin(kind)](get_args(kind), refer)
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    raise LocalProblem(f"tools/documents/json_types.py does not know the JSON form of {kind!r}.")


def object_of(fields: Mapping[str, Any], required: Collection[str], refer: Refer) -> Schema:
    """Returns the schema of an object with exactly these fields."""
    needed = [name for name in fields if name in required]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
        "properties": {name: schema_of(kind, refer) for name, kind in fields.items()},
    }


def _annotated(arguments: Arguments, refer: Refer) -> Schema:
    schema = schema_of(arguments[0], refer)
    return schema | limits_of(schema.get("type"), arguments[1:])


def _not_required(arguments: Arguments, refer: Refer) -> Schema:
    return schema_of(arguments[0], refer)


def _union(arguments: Arguments, refer: Refer) -> Schema:
    parts = [schema_of(part, refer) for part in arguments if part is not types.NoneType]
    if types.NoneType in arguments:
        [part] = parts if len(parts) == 1 else [{}]
        if isinstance(part.get("type"), str) and not part.keys() & {"enum", "const"}:
            return part | {"type": [part["type"], "null"]}
        parts.append({"type": "null"})
    return {"anyOf": parts}


def _choice(arguments: Arguments, _: Refer) -> Schema:
    values = {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
    return _PLAIN[type(arguments[0])] | values


def _array(arguments: Arguments, refer: Refer) -> Schema:
    return {"type": "array", "items": schema_of(arguments[0], refer)}


def _map(arguments: Arguments, refer: Refer) -> Schema:
    return {"type": "object", "additionalProperties": schema_of(arguments[1], refer)}


_GENERIC: Mapping[Any, Callable[[Arguments, Refer], Schema]] = {
    Annotated: _annotated,
    NotRequired: _not_required,
    Union: _union,
    types.UnionType: _union,
    Literal: _choice,
    list: _array,
    Sequence: _array,
    dict: _map,
    Mapping: _map,
}
