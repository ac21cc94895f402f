"""Reads handlers, functions, operations and tests from source files.

It does not resolve the templates, which would take seconds.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FUNCTION = "AWS::Serverless::Function"
_API = "AWS::Serverless::Api"
_METHODS = ("get", "put", "post", "delete", "patch")
_PREFIX = "/api/v1"
# shop.ask("POST", f"/orders/{order_id}/cancel", …)
_CALL = re.compile(r'"(GET|PUT|POST|DELETE|PATCH)",\s*f?"(?:/api/v1)?(/[^"?]*)')


class _TemplateLoader(_LOADER):  # type: ignore[misc] # which of the two base classes depends on the machine
    """Reads `!Ref Api` as `Api`, and other short forms of intrinsic functions as their argument."""


def _argument(loader: Any, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _argument)


@dataclass(frozen=True)
class Route:
    """A method and a path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def segments(self) -> list[str]:
        """The segments of the path after /api/v1."""
        return self.path.removeprefix(_PREFIX).strip("/").split("/")


@dataclass(frozen=True)
class Block:
    """A function of a template; `handler` is like `orders/place_order`."""

    file: str
    logical_id: str
    handler: str
    waits_for: tuple[str, ...]
    policies: tuple[str, ...]
    routes: Mapping[Route, bool]  # whether the route requires a token; without HEAD
    heads: frozenset[str]  # the paths with HEAD
    scopes: tuple[str, ...]  # the alternatives that its Metadata declares

    @property
    def operation(self) -> str:
        """The operationId of the function's route."""
        return self.handler.rpartition("/")[2]


class Repository:
    """The files in a root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def text(self, path: str) -> str:
        """Returns a file's text."""
        return (self.root / path).read_text(encoding="utf-8")

    @functools.cached_property
    def handlers(self) -> set[str]:
        """The files of functions, such as `orders/place_order`."""
        folder = self.root / "functions"
        return {str(file.relative_to(folder).with_suffix("")) for file in folder.rglob("*.py")}

    @functools.cached_property
    def blocks(self) -> list[Block]:
        """Every function of every template."""
        return [block for file in self._templates for block in self._blocks_of(file)]

    @functools.cached_property
    def throttled(self) -> set[Route]:
        """The methods that have a throttle of their own, in any API."""
        return {
            Route(setting["HttpMethod"], setting["ResourcePath"].removeprefix("/").replace("~1", "/"))
            for template in self._templates.values()
            for resource in template.get("Resources", {}).values()
            if resource["Type"] == _API
            for setting in resource["Properties"].get("MethodSettings", [])
        }

    @functools.cached_property
    def operations(self) -> Mapping[Route, dict[str, Any]]:
        """The operations of docs/openapi.yaml."""
        document = yaml.load(self.text("docs/openapi.yaml"), Loader=_LOADER)  # noqa: S506 - a safe loader
        return {
            Route(method.upper(), path): item[method]
            for path, item in document["paths"].items()
            for method in _METHODS
            if method in item
        }

    @functools.cached_property
    def listed_privileges(self) -> set[str]:
        """The logical ids in infra/privileges.yaml."""
        return set(yaml.load(self.text("infra/privileges.yaml"), Loader=_LOADER)["functions"])  # noqa: S506

    @functools.cached_property
    def samples(self) -> set[str]:
        """The stems of events/*.json."""
        return {file.stem for file in (self.root / "events").glob("*.json")}

    def is_called(self, route: Route) -> bool:
        """Whether a test sends a request to the route."""
        return any(method == route.method and _matches(route.segments, path) for method, path in self._calls)

    @functools.cached_property
    def _calls(self) -> set[tuple[str, str]]:
        tests = (self.root / "tests").rglob("*.py")
        return {call for file in tests for call in _CALL.findall(file.read_text(encoding="utf-8"))}

    @functools.cached_property
    def _templates(self) -> Mapping[str, dict[str, Any]]:
        files = ["template.yaml", *sorted(f"infra/{file.name}" for file in (self.root / "infra").glob("*.yaml"))]
        return {file: yaml.load(self.text(file), Loader=_TemplateLoader) for file in files}  # noqa: S506 - a safe loader

    def _blocks_of(self, file: str) -> Iterator[Block]:
        for logical_id, resource in self._templates[file].get("Resources", {}).items():
            if resource["Type"] != _FUNCTION:
                continue
            properties = resource["Properties"]
            routes = dict(_routes(properties.get("Events", {})))
            stem = properties["Handler"].rpartition(".")[0]
            yield Block(
                file=file,
                logical_id=logical_id,
                handler=f"{properties['CodeUri'].partition('functions/')[2]}/{stem}",
                waits_for=_listed(resource.get("DependsOn", [])),
                policies=tuple(str(policy) for policy in properties.get("Policies", [])),
                routes={route: needs_token for route, needs_token in routes.items() if route.method != "HEAD"},
                heads=frozenset(route.path for route in routes if route.method == "HEAD"),
                scopes=_listed(resource.get("Metadata", {}).get("Scope", [])),
            )


def scopes_of_operation(operation: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the alternatives of what an operation of docs/openapi.yaml requires of its caller."""
    return _listed(operation.get("x-scope", []))


def _routes(events: Mapping[str, Any]) -> Iterator[tuple[Route, bool]]:
    for event in events.values():
        if event["Type"] == "Api":
            http = event["Properties"]
            route = Route(http["Method"].upper(), http["Path"])
            yield route, http.get("Auth", {}).get("Authorizer") != "NONE"


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _matches(segments: list[str], path: str) -> bool:
    sent = path.strip("/").split("/")
    return len(sent) == len(segments) and all(
        one == other or one.startswith("{") for one, other in zip(segments, sent, strict=True)
    )
