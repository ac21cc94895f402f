"""Compares two OpenAPI documents, operation by operation, and two versions of an event's schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.compatibility.alternatives import target
from tools.compatibility.changes import Change, Direction
from tools.compatibility.schemas import Comparison

type _Node = Mapping[str, Any]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def api_changes(old: _Node, new: _Node) -> list[Change]:
    """Returns the changes that break clients of the old document, each once."""
    return list(dict.fromkeys(_Documents(old, new).changes()))


def event_changes(name: str, old: _Node, new: _Node | None) -> list[Change]:
    """Returns the changes that break consumers of the event; `new` is None if its schema was removed."""
    where = f"event {name}"
    if new is None:
        return [Change(where, "is removed")]
    return list(dict.fromkeys(Comparison(old, new).schemas(old, new, where, Direction.RESPONSE)))


class _Documents:
    """The document of the previous release, and the current one."""

    def __init__(self, old: _Node, new: _Node) -> None:
        self._old, self._new = old, new
        self._comparison = Comparison(old, new)

    def changes(self) -> Iterator[Change]:
        for path, item in self._old["paths"].items():
            now = self._new["paths"].get(path, {})
            for method in _METHODS:
                if method in item:
                    yield from self._operation(f"{method.upper()} {path}", method, item, now)

    def _operation(self, where: str, method: str, item: _Node, now: _Node) -> Iterator[Change]:
        if method not in now:
            yield Change(where, "is removed")
            return
        old, new = item[method], now[method]
        yield from self._security(where, old, new)
        yield from self._parameters(where, _parameters(item, old, self._old), _parameters(now, new, self._new))
        yield from self._request(where, old, new)
        for status, response in old["responses"].items():
            if status not in new["responses"]:
                yield Change(f"{where} {status}", "is no longer a response")
            else:
                answers = _resolved(response, self._old), _resolved(new["responses"][status], self._new)
                yield from self._response(f"{where} {status}", *answers, _direction(status))

    def _security(self, where: str, old: _Node, new: _Node) -> Iterator[Change]:
        accepted = old.get("security", self._old.get("security", []))
        now = new.get("security", self._new.get("security", []))
        if now and any(way not in now for way in accepted or [{}]):
            yield Change(where, f"requires other credentials: {_ways(now)} instead of {_ways(accepted)}")

    def _parameters(self, where: str, old: Mapping[str, _Node], new: Mapping[str, _Node]) -> Iterator[Change]:
        for name, parameter in new.items():
            if parameter.get("required") and not old.get(name, {}).get("required"):
                yield Change(f"{where} {name}", "is now required" if name in old else "is new and required")
        for name, parameter in old.items():
            if name not in new:
                yield Change(f"{where} {name}", "is removed")
            else:
                schemas = parameter.get("schema", True), new[name].get("schema", True)
                yield from self._comparison.schemas(*schemas, f"{where} {name}", Direction.REQUEST)

    def _request(self, where: str, old: _Node, new: _Node) -> Iterator[Change]:
        body, now = (
            _resolved(each.get("requestBody", {}), root) for each, root in ((old, self._old), (new, self._new))
        )
        if now.get("required") and not body.get("required"):
            yield Change(f"{where} request", "is now required" if body else "is new and required")
        yield from self._content(where, "request", body, now, Direction.REQUEST)

    def _response(self, where: str, old: _Node, new: _Node, direction: Direction) -> Iterator[Change]:
        headers = {name.lower(): _resolved(header, self._new) for name, header in new.get("headers", {}).items()}
        for name, reference in old.get("headers", {}).items():
            header, now = _resolved(reference, self._old), headers.get(name.lower())
            at = f"{where} header.{name}"
            if now is None:
                yield Change(at, "is removed")
                continue
            if header.get("required") and not now.get("required"):
                yield Change(at, "may now be absent")
            schemas = header.get("schema", True), now.get("schema", True)
            yield from self._comparison.schemas(*schemas, at, direction)
        yield from self._content(where, "body", old, new, direction)

    def _content(self, where: str, part: str, old: _Node, new: _Node, direction: Direction) -> Iterator[Change]:
        for media_type, content in old.get("content", {}).items():
            now = new.get("content", {}).get(media_type)
            if now is None:
                yield Change(f"{where} {part} {media_type}", "is removed")
            else:
                schemas = content.get("schema", True), now.get("schema", True)
                yield from self._comparison.schemas(*schemas, f"{where} {part}", direction)


def _direction(status: str) -> Direction:
    return Direction.ERROR if status[0] in "45" else Direction.RESPONSE


def _resolved(node: _Node, document: _Node) -> _Node:
    """Returns the node, or the one that it refers to."""
    return _resolved(target(node["$ref"], document), document) if "$ref" in node else node


def _parameters(item: _Node, operation: _Node, document: _Node) -> dict[str, _Node]:
    """Returns the parameters by place and name; header names have no case."""
    found = {}
    for each in (*item.get("parameters", []), *operation.get("parameters", [])):
        parameter = _resolved(each, document)
        name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
        found[f"{parameter['in']}.{name}"] = parameter
    return found


def _ways(security: list[_Node]) -> str:
    return " or ".join("+".join(way) or "none" for way in security) or "none"
