"""Finds the route of a request. Literal segments win over parameters, and parameters over a greedy `{proxy+}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.templates.model import Route


class Router:
    """The routes of an API. Trailing slashes are ignored, as in REST APIs."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._resources: dict[str, dict[str, Route]] = {}
        for route in routes:
            self._resources.setdefault(route.path, {})[route.method] = route
        ordered = sorted(self._resources, key=_specificity)
        self._patterns = [(_pattern(path), path) for path in ordered]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Returns the route and its path parameters, still percent-encoded, or None."""
        bare = path.rstrip("/") or "/"
        for pattern, resource in self._patterns:
            match = pattern.fullmatch(bare)
            if match is not None:
                methods = self._resources[resource]
                route = methods.get(method) or methods.get("ANY")
                # The most specific resource decides, even if it lacks the method.
                return (route, _named(resource, match)) if route is not None else None
        return None


def _specificity(path: str) -> list[tuple[int, str]]:
    return [(2 if "+}" in part else 1 if "{" in part else 0, part) for part in path.strip("/").split("/")]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path.rstrip("/") or "/")
    expressions = [
        ("(.+)" if part.endswith("+}") else "([^/]+)") if part.startswith("{") else re.escape(part) for part in parts
    ]
    return re.compile("".join(expressions))


def _named(path: str, match: re.Match[str]) -> dict[str, str]:
    names = [name.rstrip("+") for name in re.findall(r"\{([^}]+)\}", path)]
    return dict(zip(names, match.groups(), strict=True))
