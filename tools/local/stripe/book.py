"""The book of what was created, in its order: what lists are made of, which localstripe keeps in none."""

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
_OF_EVERY_LIST = {"limit", "starting_after", "ending_before", "created", "expand"}
_NARROWED_BY = {
    "payment_intent": {"customer"},
    "charge": {"customer", "payment_intent"},
    "refund": {"charge", "payment_intent"},
    "dispute": {"charge", "payment_intent"},
    "event": {"type"},
}


@dataclass(frozen=True)
class Entry:
    """A created resource. `created` in seconds since 1970; `about` is what lists may be narrowed to."""

    kind: str
    identifier: str
    created: int
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """A part of a list, and whether there is more of it."""

    entries: list[Entry]
    has_more: bool


class Book:
    """Entries by id, in the order of their making."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._entries: dict[str, Entry] = state.part("book")

    def enter(self, resource: Resource, **about: Any) -> None:
        """Enter a resource once."""
        if resource["id"] not in self._entries:
            entry = Entry(resource["object"], resource["id"], resource["created"], about)
            self._entries[entry.identifier] = entry
            self._state.changed()

    def strike(self, identifier: str) -> None:
        """Take out what is no longer kept."""
        self._entries.pop(identifier, None)

    def page(self, kind: str, query: Mapping[str, Any]) -> Page:
        """The page of a list that a query asks for, newest first.

        Raises:
            Refused: a parameter of the query makes no sense.
        """
        return page(kind, reversed(self._entries.values()), query)


def page(kind: str, newest_first: Iterable[Entry], query: Mapping[str, Any]) -> Page:
    """What a query asks for by `limit`, `starting_after`, `ending_before`, `created` and what entries are about.

    Raises:
        Refused: a parameter of the query makes no sense.
    """
    limit = as_integer(query, "limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= _MOST:
        raise invalid(f"Invalid limit: must be 1 to {_MOST}.", code="parameter_invalid_integer", param="limit")
    wanted = _wanted(kind, query)
    entries = [entry for entry in newest_first if entry.kind == kind]
    if "starting_after" in query:
        entries = entries[_place(kind, entries, query["starting_after"]) + 1 :]
    elif "ending_before" in query:
        found = [entry for entry in entries[: _place(kind, entries, query["ending_before"])] if wanted(entry)]
        return Page(found[-limit:], len(found) > limit)
    found = [entry for entry in entries if wanted(entry)]
    return Page(found[:limit], len(found) > limit)


def _wanted(kind: str, query: Mapping[str, Any]) -> Callable[[Entry], bool]:
    bounds = _bounds(query.get("created"))
    about = {name: value for name, value in query.items() if name not in _OF_EVERY_LIST}
    if unknown := about.keys() - _NARROWED_BY[kind]:
        raise invalid(f"Received unknown parameter: {min(unknown)}", code="parameter_unknown", param=min(unknown))

    def wanted(entry: Entry) -> bool:
        in_time = all(_holds(entry.created, how, bound) for how, bound in bounds.items())
        return in_time and all(entry.about.get(name) == value for name, value in about.items())

    return wanted


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
