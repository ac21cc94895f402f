"""Compares single keywords of two versions of a schema that has one type."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tools.compatibility.alternatives import LOWER_BOUNDS, UPPER_BOUNDS
from tools.compatibility.changes import Change, Direction

# Compared by separate functions, here or in `schemas.py`.
_NO_LIMITS = frozenset({"type", "enum", "properties", "required", "additionalProperties", "items", "not", "default"})


def limit_changes(old: Mapping[str, Any], new: Mapping[str, Any], where: str, direction: Direction) -> Iterator[Change]:
    """Yields limits of a request that became narrower and limits of a response that became wider."""
    narrow, wide = (old, new) if direction is Direction.REQUEST else (new, old)
    if "enum" not in narrow:
        for keyword in sorted((old.keys() | new.keys()) - _NO_LIMITS):
            if not _implies(keyword, narrow.get(keyword), wide.get(keyword)):
                yield Change(where, f"{keyword} changed from {_text(old, keyword)} to {_text(new, keyword)}")
    if any(rule not in narrow.get("not", []) for rule in wide.get("not", [])):
        yield Change(where, "excludes other values (`not`)")
    if direction is Direction.REQUEST and "default" in old and old["default"] != new.get("default"):
        yield Change(where, f"default changed from {_text(old, 'default')} to {_text(new, 'default')}")


def required_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], where: str, direction: Direction
) -> Iterator[Change]:
    """Yields fields that requests must now have, and fields that responses may now lack."""
    before, now = set(old.get("required", [])), set(new.get("required", []))
    if direction is Direction.REQUEST:
        for name in sorted(now - before):
            known = name in old.get("properties", {})
            yield Change(f"{where}.{name}", "is now required" if known else "is new and required")
    else:
        for name in sorted(before - now):
            if name in new.get("properties", {}) or name not in old.get("properties", {}):
                yield Change(f"{where}.{name}", "may now be absent")


def type_changes(gone: list[str], added: list[str], where: str, direction: Direction) -> Iterator[Change]:
    """Yields types that requests may no longer have, and types that responses may now have."""
    if direction is Direction.REQUEST and ("anything" in added or (gone == ["integer"] and "number" in added)):
        return
    if direction is not Direction.REQUEST and "anything" in gone:
        return
    if gone and added:
        yield Change(where, f"type changed from {', '.join(gone)} to {', '.join(added)}")
    elif gone:
        yield Change(where, f"is no longer {', '.join(gone)}")
    elif added and direction is Direction.RESPONSE:
        yield Change(where, f"may now be {', '.join(added)}")


def enum_changes(
    old: list[object] | None, new: list[object] | None, where: str, direction: Direction
) -> Iterator[Change]:
    """Yields values that requests may no longer have, and values that responses may now have; None means no enum."""
    if old is None:
        if new is not None and direction is Direction.REQUEST:
            yield Change(where, f"accepts only {_values(new)}")
        return
    gone = [value for value in old if value not in (old if new is None else new)]
    if gone:
        yield Change(where, f"is no longer {_values(gone)}")
    if direction is Direction.RESPONSE:
        added = [value for value in new or [] if value not in old]
        if added:
            yield Change(where, f"may now be {_values(added)}")
        if new is None:
            yield Change(where, f"may now be other than {_values(old)}")


def _implies(keyword: str, narrow: Any, wide: Any) -> bool:
    """Whether values within the narrow limit are within the wide one; None means no limit."""
    if wide is None or narrow == wide:
        return True
    if narrow is None:
        return wide is False
    if keyword in LOWER_BOUNDS:
        return bool(narrow >= wide)
    if keyword in UPPER_BOUNDS:
        return bool(narrow <= wide)
    return keyword == "uniqueItems" and wide is False


def _values(values: Iterable[object]) -> str:
    return ", ".join(json.dumps(value, ensure_ascii=False) for value in values)


def _text(schema: Mapping[str, Any], keyword: str) -> str:
    return json.dumps(schema[keyword], ensure_ascii=False) if keyword in schema else "none"
