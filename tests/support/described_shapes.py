"""The schemas of all operations, for rules that apply to each."""

import re
from collections.abc import Iterator
from typing import Any

from tests.support.api_description import Operation, description, operations, resolved

type Schema = dict[str, Any]

SCHEMAS: dict[str, Schema] = description()["components"]["schemas"]
NAMES_OF_MONEY = re.compile(
    "(^|_)(price|amount|total|subtotal|shipping|tax|fee|paid|captured|refunded|refundable|refund)$"
)


def component_of(schema: Schema) -> str:
    """The name of the component that the schema refers to, also if it may be null."""
    references = [each["$ref"] for each in (schema, *schema.get("anyOf", ())) if "$ref" in each]
    return references[0].rpartition("/")[2] if references else ""


def answers_of(found: Operation) -> Iterator[Schema]:
    """The schemas of the bodies of successful responses."""
    for status, answer in found.description["responses"].items():
        if status.startswith("2"):
            yield from (content["schema"] for content in resolved(answer).get("content", {}).values())


def bodies_of(found: Operation) -> Iterator[dict[str, Any]]:
    """The contents of the request's body, by media type."""
    content: dict[str, Any] = found.description.get("requestBody", {}).get("content", {})
    yield from content.values()


def _components_of(schema: Schema, seen: set[str]) -> Iterator[str]:
    """The names of all object components in a schema."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        if "properties" in SCHEMAS[name]:
            yield name
        yield from _components_of(SCHEMAS[name], seen)
    for part in (*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _components_of(part, seen)
    if "items" in schema:
        yield from _components_of(schema["items"], seen)


def _sent_by_the_shop() -> list[str]:
    """The names of the objects in responses, including problems."""
    seen = set[str]()
    found = [name for each in operations() for schema in answers_of(each) for name in _components_of(schema, seen)]
    return sorted([*found, *_components_of({"$ref": "#/components/schemas/Problem"}, seen)])


def _sent_by_clients() -> list[str]:
    """The names of the objects in requests, without those of Stripe."""
    seen = set[str]()
    return sorted(
        name
        for each in operations()
        for body in bodies_of(each)
        if body["schema"] != {"$ref": "#/components/schemas/StripeEvent"}
        for name in _components_of(body["schema"], seen)
    )


SENT = _sent_by_the_shop()
RECEIVED = _sent_by_clients()
