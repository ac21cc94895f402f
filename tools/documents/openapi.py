"""Updates the component schemas in docs/openapi.yaml from code; everything else in the file is written by people."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from tools import ROOT
from tools.documents.components import components

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.documents.components import Component
    from tools.documents.json_types import Schema

OPENAPI_FILE = ROOT / "docs" / "openapi.yaml"
# Keywords that only code determines.
_STRUCTURE = frozenset(
    ("$ref", "type", "additionalProperties", "required", "properties", "items", "anyOf", "const", "enum", "default")
)
_LIMITS = frozenset("minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems".split())
_FORMATS = frozenset(("format", "pattern"))
_LONGEST_LINE = 90
_REFERENCE = re.compile(r"#/components/schemas/(\w+)")


def documents() -> dict[Path, str]:
    """Returns the file and its expected text."""
    return {OPENAPI_FILE: with_components(OPENAPI_FILE.read_text(encoding="utf-8"))}


def with_components(text: str) -> str:
    """Returns the description with computed components. Everything else stays unchanged, including comments."""
    yaml = _yaml()
    description = yaml.load(text)
    schemas = description["components"]["schemas"]
    computed = components(schemas.keys() | set(_REFERENCE.findall(text)))
    for name, component in computed.items():
        if name not in schemas:
            schemas.insert(_place(list(schemas), component.module, computed), name, CommentedMap())
        _merge(schemas[name], component.schema, _STRUCTURE | (_LIMITS if component.is_sent_by_clients else set()))
    stream = io.StringIO()
    yaml.dump(description, stream)
    return stream.getvalue()


def _place(names: list[str], module: str, computed: Mapping[str, Component]) -> int:
    """Returns the place after the last component of the same module, or before the problems for a new module."""
    neighbours = [index for index, name in enumerate(names) if name in computed and computed[name].module == module]
    return neighbours[-1] + 1 if neighbours else names.index("Problem")


def _merge(node: CommentedMap, schema: Schema, computed: frozenset[str]) -> None:
    """Update the `computed` keywords of the node from the schema. Other keywords stay."""
    if "$ref" in schema and "$ref" not in node:
        computed |= _LIMITS | _FORMATS  # they are in the referenced component
    for keyword in [keyword for keyword in node if keyword in computed and keyword not in schema]:
        # Next to properties, anyOf is a rule for several of them.
        if not (keyword == "anyOf" and "properties" in schema):
            del node[keyword]
    for keyword, value in schema.items():
        if keyword == "properties":
            _merge_properties(node.setdefault(keyword, CommentedMap()), value, computed)
        elif keyword == "items" and keyword in node:
            _merge(node[keyword], value, computed)
        elif node.get(keyword) != value:
            node[keyword] = _laid_out(value)


def _merge_properties(properties: CommentedMap, schemas: Mapping[str, Schema], computed: frozenset[str]) -> None:
    for name in [name for name in properties if name not in schemas]:
        del properties[name]
    for name, schema in schemas.items():
        if name in properties:
            _merge(properties[name], schema, computed)
        else:
            properties[name] = _laid_out(schema)
    if list(properties) != list(schemas):
        for name in schemas:
            properties.move_to_end(name)


def _laid_out(value: Any) -> Any:
    """Returns a value in the layout of the file: on one line if it fits."""
    if isinstance(value, dict):
        node = CommentedMap((keyword, _laid_out(part)) for keyword, part in value.items())
        if value and len(str(value)) < _LONGEST_LINE and "properties" not in value:
            node.fa.set_flow_style()
        return node
    if isinstance(value, list):
        items = CommentedSeq(_laid_out(part) for part in value)
        if len(str(value)) < _LONGEST_LINE and not any(isinstance(part, dict) for part in value):
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and (value.startswith("#") or value == "null"):
        return DoubleQuotedScalarString(value)
    return value


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # keep line breaks
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.representer.add_representer(type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null"))
    return yaml
