"""What goes wrong on purpose: rules that tests set for requests and for webhooks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass
class Fault:
    """One rule. It holds for `count` requests, or for all, of a method (any by default) and a beginning of the path.

    status: answer this error, with this `code`; Stripe never sees the request. `stored` has Stripe itself fail, and
    remember that it did.
    status_after: have it happen, then answer this error.
    delay_seconds, hang: make the client wait, in vain with `hang`, `when` "before" or "after" it happened.
    drop: have it happen, then close the connection without an answer.
    force_status: payment intents seem to have this status, and nobody is told of what happens to them.
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
        """Wait for so long; whether the faults were cleared meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return self.over.is_set()
        return True

    def matches(self, method: str, path: str) -> bool:
        """Whether it holds for a request."""
        is_left = self.count is None or self.matched < self.count
        return is_left and self.method.upper() in {"", method} and path.startswith(self.path)


_NO_FAULT = Fault()
_SETTABLE = [one.name for one in fields(Fault) if one.init]


class Faults:
    """The rules in force; of those that match, the first counts."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def set(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace the rules; who hangs because of an old one goes on hanging."""
        self._rules = [_read(rule) for rule in rules]

    def clear(self) -> None:
        """Have nothing go wrong any more; requests that hang are answered."""
        for rule in self._rules:
            rule.over.set()
        self._rules = []

    def take(self, method: str, path: str) -> Fault:
        """The rule for a request, which counts as one of its requests."""
        for rule in self._rules:
            if rule.matches(method, path):
                rule.matched += 1
                return rule
        return _NO_FAULT

    def listed(self) -> list[dict[str, Any]]:
        """The rules with how often each has matched."""
        return [{name: getattr(rule, name) for name in (*_SETTABLE, "matched")} for rule in self._rules]


def _read(rule: Mapping[str, Any]) -> Fault:
    if unknown := rule.keys() - set(_SETTABLE):
        raise invalid(f"A fault has no {min(unknown)}.")
    if rule.get("when", "before") not in ("before", "after"):
        raise invalid("A fault is `when` before or after.")
    return Fault(**rule)
