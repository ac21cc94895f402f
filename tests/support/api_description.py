"""Reads docs/openapi.yaml, and checks responses against it."""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from requests import Response

from tools.local.docs.page import OPENAPI_FILE

_METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    description: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The operationId."""
        return str(self.description["operationId"])

    @property
    def needs_token(self) -> bool:
        """Whether a caller must have logged in."""
        return bool(self.description["security"])

    @property
    def sample_path(self) -> str:
        """The path below /api/v1, with 1 for each parameter."""
        return re.sub(r"\{\w+\}", "1", self.path.removeprefix("/api/v1"))

    @property
    def reads_json(self) -> bool:
        """Whether it reads a JSON body; the webhook reads bytes, whatever their media type."""
        return "415" in self.description["responses"]

    @property
    def body_name(self) -> str:
        """The component that describes the body."""
        [content] = self.description["requestBody"]["content"].values()
        return str(content["schema"]["$ref"]).rpartition("/")[2]

    @property
    def example_body(self) -> Any:
        """The first example of a request's body, None without one."""
        return self.example_bodies[0] if self.example_bodies else None

    @property
    def example_bodies(self) -> list[Any]:
        """Every example of a request's body."""
        if "requestBody" not in self.description:
            return []
        [content] = self.description["requestBody"]["content"].values()
        return [resolved(example)["value"] for example in content["examples"].values()]

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        """The schemas of the parameters in `place` (query, path, header), by name."""
        found = [resolved(parameter) for parameter in self.description.get("parameters", [])]
        return {parameter["name"]: resolved(parameter["schema"]) for parameter in found if parameter["in"] == place}


@functools.cache
def description() -> dict[str, Any]:
    """The document in the repository."""
    document: dict[str, Any] = yaml.safe_load(OPENAPI_FILE.read_text(encoding="utf-8"))
    return document


def operations() -> list[Operation]:
    """Every operation."""
    return list(_operations())


def operation(name: str) -> Operation:
    """The operation with this operationId."""
    return next(found for found in operations() if found.name == name)


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The node with its `$ref` resolved. Keys beside the `$ref` override the target's."""
    if "$ref" not in node:
        return node
    target: dict[str, Any] = description()
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return {**resolved(target), **{key: value for key, value in node.items() if key != "$ref"}}


def check(response: Response) -> None:
    """Fail unless the description has this response for its operation, with every header and field.

    Only the response is checked, because a test may send an invalid request.
    """
    request = RequestsOpenAPIRequest(response.request)
    answer = RequestsOpenAPIResponse(response)
    try:
        _validator(request.host_url).validate_response(request, answer)
    except OpenAPIError as error:
        request_line = f"{response.request.method} {response.request.path_url}"
        raise AssertionError(f"{request_line}: {response.status_code} is not as described: {response.text}") from error


@functools.cache
def _validator(host_url: str) -> OpenAPI:
    served = {**description(), "servers": [{"url": host_url}]}
    return OpenAPI.from_dict(served, Config(extra_media_type_deserializers={PROBLEM: json.loads}))


def _operations() -> Iterator[Operation]:
    for path, item in description()["paths"].items():
        for method in _METHODS:
            if method in item:
                yield Operation(method.upper(), path, item[method])
