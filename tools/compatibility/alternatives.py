"""Splits a JSON schema into plain alternatives: no `$ref`, `allOf`, `anyOf`, `oneOf` or `const`, and one type each.

`type: [string, "null"]`, and `anyOf` of a string and null, give the same two alternatives.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

type Schema = Mapping[str, Any] | bool
type Plain = dict[str, Any]

LOWER_BOUNDS = frozenset({"minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"})
UPPER_BOUNDS = frozenset({"maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"})
ANNOTATIONS = frozenset(
    {"$comment", "$defs", "$id", "$schema", "deprecated", "description", "example", "examples", "title"}
)
COMBINING = ("allOf", "anyOf", "oneOf")
_APPLIES_TO = {
    "string": {"minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"},
    "array": {"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "minProperties", "maxProperties"},
}
_APPLIES_TO["integer"] = _APPLIES_TO["number"]
_APPLIES_TO_SOME = frozenset[str]().union(*_APPLIES_TO.values())
_JSON_TYPES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


def target(reference: str, document: Mapping[str, Any]) -> Any:
    """Returns the node that a reference such as `#/components/schemas/Order` points at."""
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def alternatives(schema: Schema, document: Mapping[str, Any]) -> list[Plain]:
    """Returns the alternatives that the schema allows; references are looked up in the document."""
    return [piece for plain in _combined(schema, document) for piece in _one_type_each(plain)]


def _combined(schema: Schema, document: Mapping[str, Any]) -> list[Plain]:
    if isinstance(schema, bool):
        return [{}] if schema else []
    own = {key: value for key, value in schema.items() if key not in ANNOTATIONS | {"$ref", "const", "not", *COMBINING}}
    if "const" in schema:
        own["enum"] = [schema["const"]]
    if "not" in schema:
        own["not"] = [schema["not"]]
    found = [own]
    if "$ref" in schema:
        found = _both(found, _combined(target(schema["$ref"], document), document))
    for part in schema.get("allOf", []):
        found = _both(found, _combined(part, document))
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            found = _both(found, [plain for branch in schema[keyword] for plain in _combined(branch, document)])
    return found


def _both(left: Iterable[Plain], right: Iterable[Plain]) -> list[Plain]:
    merged = (_merged(one, other) for one, other in product(left, right))
    return [plain for plain in merged if plain is not None]


def _merged(one: Plain, other: Plain) -> Plain | None:
    """Returns a schema for values that both allow, or None if they have no common type."""
    if "type" in one and "type" in other:
        shared = [name for name in _types(one) if name in _types(other)]
        if not shared:
            return None
        one, other = {**one, "type": shared}, {**other, "type": shared}
    merged = {**one, **other}
    for keyword in one.keys() & other.keys():
        merged[keyword] = _merged_keyword(keyword, one[keyword], other[keyword])
    return merged


def _merged_keyword(keyword: str, one: Any, other: Any) -> Any:
    if one == other:
        return one
    if keyword in LOWER_BOUNDS:
        return max(one, other)
    if keyword in UPPER_BOUNDS:
        return min(one, other)
    merge: Callable[[Any, Any], Any] = _MERGES.get(keyword, lambda first, second: [first, second])
    return merge(one, other)


def _all_of(one: Schema, other: Schema) -> Schema:
    return {"allOf": [one, other]}


def _merged_properties(one: Mapping[str, Schema], other: Mapping[str, Schema]) -> dict[str, Schema]:
    return {**one, **other, **{name: _all_of(one[name], other[name]) for name in one.keys() & other.keys()}}


_MERGES: Mapping[str, Callable[[Any, Any], Any]] = {
    "properties": _merged_properties,
    "items": _all_of,
    "additionalProperties": lambda one, other: False if one is False or other is False else _all_of(one, other),
    "required": lambda one, other: [*one, *(name for name in other if name not in one)],
    "enum": lambda one, other: [value for value in one if value in other],
    "not": lambda one, other: [*one, *other],
}


def _types(plain: Plain) -> list[str]:
    stated = plain["type"]
    return [stated] if isinstance(stated, str) else list(stated)


def _one_type_each(plain: Plain) -> Iterable[Plain]:
    if "type" in plain:
        types = _types(plain)
    elif "enum" in plain:
        types = list(dict.fromkeys(_JSON_TYPES[type(value)] for value in plain["enum"]))
    else:
        yield plain
        return
    for name in types:
        applies = _APPLIES_TO.get(name, set())
        piece = {key: value for key, value in plain.items() if key in applies or key not in _APPLIES_TO_SOME}
        piece["type"] = name
        if "enum" in plain:
            piece["enum"] = [value for value in plain["enum"] if _is_a(value, name)]
        yield piece


def _is_a(value: object, name: str) -> bool:
    found = _JSON_TYPES[type(value)]
    return found == name or (found == "integer" and name == "number")
