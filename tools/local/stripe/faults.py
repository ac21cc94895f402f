"""Fault injection: rules that tests set for requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass
class Fault:
    """A rule. It matches `count` requests, or all, of a method (default: any) and a path prefix.

    status: return this error, with this `code`, and do not execute the request. With `stored`, the error is stored
    under the idempotency key, like an internal error of Stripe.
    status_after: execute the request, then return this error.
    delay_seconds, hang: delay the response, or with `hang` never return it, `when` "before" or "after" the execution.
    drop: execute the request, then close the connection without a response.
    force_status: payment intents appear with this status, and their changes publish no events.
    """

    method: str = ""
    path: str = "/v1/"
    count: int | None = None
    status: int | None = None
    code: str | None = None
    stored: bool = False
    status_after: int | None = None
    delay_seconds: float = 0
    hang: bool = False
    drop: bool = False
    when: str = "before"
    force_status: str | None = None
    matched: int = field(default=0, init=False)
    over: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def is_over(self, seconds: float) -> bool:
        """Wait. Returns whether the faults were cleared meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return self.over.is_set()
        return True

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule matches a request."""
        is_left = self.count is None or self.matched < self.count
        return is_left and self.method.upper() in {"", method} and path.startswith(self.path)


_NO_FAULT = Fault()
_SETTABLE = [one.name for one in fields(Fault) if one.init]


class Faults:
    """The active rules. The first one that matches a request applies."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def set(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace the rules. Requests that hang because of an old rule still hang."""
        self._rules = [_read(rule) for rule in rules]

    def clear(self) -> None:
        """Remove the rules. Hanging requests continue."""
        for rule in self._rules:
            rule.over.set()
        self._rules = []

    def take(self, method: str, path: str) -> Fault:
        """Returns the rule for a request, and counts the request."""
        for rule in self._rules:
            if rule.matches(method, path):
                rule.matched += 1
                return rule
        return _NO_FAULT

    def listed(self) -> list[dict[str, Any]]:
        """Returns the rules, each with the number of its matches."""
        return [{name: getattr(rule, name) for name in (*_SETTABLE, "matched")} for rule in self._rules]


def _read(rule: Mapping[str, Any]) -> Fault:
    if unknown := rule.keys() - set(_SETTABLE):
        raise invalid(f"A fault has no field {min(unknown)}.")
    if rule.get("when", "before") not in ("before", "after"):
        raise invalid("`when` of a fault must be before or after.")
    return Fault(**rule)
