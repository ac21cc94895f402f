"""The index of created resources, in order of creation. Lists use it, because localstripe lacks most lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.local.stripe.errors import invalid, missing
from tools.local.stripe.parameters import as_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from tools.local.stripe.call import Resource
    from tools.local.stripe.state import State

_COMPARED = ("gt", "gte", "lt", "lte")
_MOST = 100
_LIST_PARAMETERS = {"limit", "starting_after", "ending_before", "created", "expand"}
_FILTERS = {
    "payment_intent": {"customer"},
    "charge": {"customer", "payment_intent"},
    "refund": {"charge", "payment_intent"},
    "dispute": {"charge", "payment_intent"},
    "event": {"type"},
}


@dataclass(frozen=True)
class Entry:
    """A created resource. `created` is in seconds since 1970; `about` are the attributes that lists filter by."""

    kind: str
    identifier: str
    created: int
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of a list, and whether more entries follow."""

    entries: list[Entry]
    has_more: bool


class ResourceIndex:
    """Entries by id, in order of creation."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._entries: dict[str, Entry] = state.part("book")

    def add(self, resource: Resource, **about: Any) -> None:
        """Add a resource, unless it is in the index."""
        if resource["id"] not in self._entries:
            entry = Entry(resource["object"], resource["id"], resource["created"], about)
            self._entries[entry.identifier] = entry
            self._state.mark_changed()

    def remove(self, identifier: str) -> None:
        """Remove a resource that is no longer stored."""
        self._entries.pop(identifier, None)

    def page(self, kind: str, query: Mapping[str, Any]) -> Page:
        """Returns the requested page of a list, newest first.

        Raises:
            Refused: a parameter of the query is invalid.
        """
        return page(kind, reversed(self._entries.values()), query)


def page(kind: str, newest_first: Iterable[Entry], query: Mapping[str, Any]) -> Page:
    """Returns the page for `limit`, `starting_after`, `ending_before`, `created` and the filters of the kind.

    Raises:
        Refused: a parameter of the query is invalid.
    """
    limit = as_integer(query, "limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= _MOST:
        raise invalid(f"Invalid limit: must be 1 to {_MOST}.", code="parameter_invalid_integer", param="limit")
    matches = _filter(kind, query)
    entries = [entry for entry in newest_first if entry.kind == kind]
    if "starting_after" in query:
        entries = entries[_place(kind, entries, query["starting_after"]) + 1 :]
    elif "ending_before" in query:
        found = [entry for entry in entries[: _place(kind, entries, query["ending_before"])] if matches(entry)]
        return Page(found[-limit:], len(found) > limit)
    found = [entry for entry in entries if matches(entry)]
    return Page(found[:limit], len(found) > limit)


def _filter(kind: str, query: Mapping[str, Any]) -> Callable[[Entry], bool]:
    bounds = _bounds(query.get("created"))
    about = {name: value for name, value in query.items() if name not in _LIST_PARAMETERS}
    if unknown := about.keys() - _FILTERS[kind]:
        raise invalid(f"Received unknown parameter: {min(unknown)}", code="parameter_unknown", param=min(unknown))

    def matches(entry: Entry) -> bool:
        in_time = all(_holds(entry.created, how, bound) for how, bound in bounds.items())
        return in_time and all(entry.about.get(name) == value for name, value in about.items())

    return matches


def _bounds(created: object) -> dict[str, int]:
    given = created if isinstance(created, dict) else {} if created is None else {"gte": created, "lte": created}
    if unknown := given.keys() - set(_COMPARED):
        raise invalid(f"Received unknown parameter: created[{min(unknown)}]", code="parameter_unknown", param="created")
    return {how: as_integer(given, how) or 0 for how in given}


def _holds(created: int, how: str, bound: int) -> bool:
    return {"gt": created > bound, "gte": created >= bound, "lt": created < bound, "lte": created <= bound}[how]


def _place(kind: str, entries: list[Entry], identifier: str) -> int:
    for place, entry in enumerate(entries):
        if entry.identifier == identifier:
            return place
    raise missing(kind, identifier)
