"""Requests in which each text that a client chooses is a mark, which a test can look for afterwards."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from tests.support.api_description import resolved

if TYPE_CHECKING:
    from tests.support.api_description import Operation

MARK = re.compile(r"mk\d{4}qz")


class Marks:
    """Makes marks, and knows in which field each was sent."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def body(self, found: Operation, *, optional: bool) -> Any:
        """Returns the example of a body with marks; with `optional`, also in the texts that the example leaves out."""
        if "requestBody" not in found.description or not found.reads_json:
            return found.example_body
        [content] = found.description["requestBody"]["content"].values()
        return self._marked(content["schema"], found.example_body, found.name, optional=optional)

    def query(self, found: Operation) -> dict[str, str]:
        """Returns a mark for each parameter of a query that takes any text."""
        schemas = found.parameters("query").items()
        return {name: mark for name, schema in schemas if (mark := self._text(schema, "", f"{found.name}?{name}"))}

    def new(self, field: str) -> str:
        """Returns a mark that is sent in `field`."""
        mark = f"mk{next(self._numbers):04}qz"
        self.fields[mark] = field
        return mark

    def _marked(self, schema: dict[str, Any], value: Any, field: str, *, optional: bool) -> Any:
        schema = resolved(schema)
        for one in schema.get("anyOf", schema.get("oneOf", [])):
            if _fits(resolved(one), value):
                return self._marked(one, value, field, optional=optional)
        match value:
            case dict():
                known = schema.get("properties", {})
                names = [*value, *(name for name in known if optional and name not in value and _is_text(known[name]))]
                return {
                    name: self._marked(known.get(name, {}), value.get(name, ""), f"{field}.{name}", optional=optional)
                    for name in names
                }
            case list():
                return [self._marked(schema.get("items", {}), each, field, optional=optional) for each in value]
            case str():
                return self._text(schema, value, field)
        return value

    def _text(self, schema: dict[str, Any], value: str, field: str) -> str:
        """Returns a mark if the schema accepts one, else the value."""
        if schema.get("type", "string") != "string" or "enum" in schema or "const" in schema:
            return value
        if schema.get("format") == "email":
            return f"{self.new(field)}@example.com"
        if "format" in schema:
            return value
        mark = self.new(field)
        if re.search(schema.get("pattern", ""), mark) and len(mark) >= schema.get("minLength", 0):
            return mark
        del self.fields[mark]
        return value


def _fits(schema: dict[str, Any], value: Any) -> bool:
    kinds: dict[type, str] = {dict: "object", list: "array", str: "string"}
    kind = "object" if "properties" in schema else schema.get("type")
    return bool(kind == kinds.get(type(value)))


def _is_text(schema: dict[str, Any]) -> bool:
    return bool(resolved(schema).get("type") == "string")
