"""Compares two versions of a JSON schema, and finds changes that break senders or receivers of its values."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tools.compatibility.alternatives import ANNOTATIONS, COMBINING, alternatives, target
from tools.compatibility.changes import Change, Direction
from tools.compatibility.keywords import enum_changes, limit_changes, required_changes, type_changes

type _Schema = Mapping[str, Any] | bool


class Comparison:
    """Collects the changes between two documents; a component that both refer to is compared once per direction."""

    def __init__(self, old_document: Mapping[str, Any], new_document: Mapping[str, Any]) -> None:
        self._old_document = old_document
        self._new_document = new_document
        self._compared: set[tuple[str, Direction]] = set()

    def schemas(self, old: _Schema, new: _Schema, where: str, direction: Direction) -> Iterator[Change]:
        """Yields the changes that break clients.

        Requests may accept more values, and responses may get more fields. Their types and enums stay.
        """
        name = _reference(old)
        if name is not None and name == _reference(new):
            yield from self._components(name, direction)
            return
        shared = _shared_references(old, new)
        for reference in shared:
            yield from self._components(reference, direction)
        rest = _without(old, shared), _without(new, shared)
        yield from self._alternatives(*rest, where, direction)

    def _components(self, reference: str, direction: Direction) -> Iterator[Change]:
        if (reference, direction) not in self._compared:
            self._compared.add((reference, direction))
            old, new = target(reference, self._old_document), target(reference, self._new_document)
            yield from self.schemas(old, new, reference.rpartition("/")[2], direction)

    def _alternatives(self, old: _Schema, new: _Schema, where: str, direction: Direction) -> Iterator[Change]:
        before, now = alternatives(old, self._old_document), alternatives(new, self._new_document)
        types = dict.fromkeys(plain.get("type", "anything") for plain in (*before, *now))
        gone: list[str] = []
        added: list[str] = []
        for name in types:
            olds = [plain for plain in before if plain.get("type", "anything") == name]
            news = [plain for plain in now if plain.get("type", "anything") == name]
            if olds and news:
                yield from self._of_one_type(olds, news, where, direction)
            else:
                (gone if olds else added).append(name)
        yield from type_changes(gone, added, where, direction)

    def _of_one_type(
        self, olds: list[dict[str, Any]], news: list[dict[str, Any]], where: str, direction: Direction
    ) -> Iterator[Change]:
        """Pair compatible alternatives; compare the others in their order."""
        alternatives_before, alternatives_now = len(olds), len(news)
        for old in list(olds):
            same = next((new for new in news if not self._trial(old, new, direction)), None)
            if same is not None:
                olds.remove(old)
                news.remove(same)
        for old, new in zip(olds, news, strict=False):
            yield from self._plain(old, new, where, direction)
        if len(olds) > len(news) or (len(news) > len(olds) and direction is Direction.RESPONSE):
            yield Change(where, f"alternatives changed from {alternatives_before} to {alternatives_now}")

    def _trial(self, old: dict[str, Any], new: dict[str, Any], direction: Direction) -> list[Change]:
        trial = Comparison(self._old_document, self._new_document)
        trial._compared = set(self._compared)
        return list(trial._plain(old, new, "", direction))

    def _plain(self, old: dict[str, Any], new: dict[str, Any], where: str, direction: Direction) -> Iterator[Change]:
        yield from enum_changes(old.get("enum"), new.get("enum"), where, direction)
        yield from limit_changes(old, new, where, direction)
        yield from self._fields(old, new, where, direction)
        if "items" in old or "items" in new:
            yield from self.schemas(old.get("items", True), new.get("items", True), f"{where}[]", direction)

    def _fields(self, old: dict[str, Any], new: dict[str, Any], where: str, direction: Direction) -> Iterator[Change]:
        before, now = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in now:
                yield Change(f"{where}.{name}", "is removed")
            else:
                yield from self.schemas(before[name], now[name], f"{where}.{name}", direction)
        yield from required_changes(old, new, where, direction)
        others, others_now = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(others, Mapping) and isinstance(others_now, Mapping):
            yield from self.schemas(others, others_now, f"{where}.*", direction)
        elif direction is Direction.REQUEST and others is not False and others_now is not True:
            yield Change(where, "no longer accepts other fields")


def _reference(schema: _Schema) -> str | None:
    """Returns the reference of a schema that is only a reference."""
    if isinstance(schema, Mapping) and schema.keys() - ANNOTATIONS == {"$ref"}:
        return str(schema["$ref"])
    return None


def _shared_references(old: _Schema, new: _Schema) -> list[str]:
    """Returns the components that both versions combine by the same keyword."""
    if isinstance(old, bool) or isinstance(new, bool):
        return []
    return [
        reference
        for keyword in COMBINING
        for reference in map(_reference, old.get(keyword, []))
        if reference is not None and reference in map(_reference, new.get(keyword, []))
    ]


def _without(schema: _Schema, references: Collection[str | None]) -> _Schema:
    if isinstance(schema, bool) or not references:
        return schema
    rest = dict(schema)
    for keyword in COMBINING:
        if keyword in rest:
            rest[keyword] = [branch for branch in rest[keyword] if _reference(branch) not in references]
            if not rest[keyword] and keyword == "allOf":
                del rest[keyword]
    return rest
