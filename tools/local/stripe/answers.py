"""Remembers answers by their idempotency key, as Stripe does for a day: a repeated request happens once."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import Refused, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.local.stripe.call import Call
    from tools.local.stripe.state import State

_KEPT_SECONDS = 24 * 60 * 60
# Of these Stripe says that nothing was carried out, so that the key is good for another try.
_FORGOTTEN_STATUSES = {401, 403, 409, 429}


@dataclass(frozen=True)
class Answer:
    """What a request is answered."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class _Kept:
    fingerprint: str
    at: float
    answer: Answer


class Answers:
    """Answers by key. Two accounts, which are two secret keys, may use the same."""

    def __init__(self, state: State, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._clock = clock
        self._kept: dict[str, _Kept] = state.part("answers")
        self._under_way: dict[str, str] = {}

    def begin(self, call: Call) -> Answer | None:
        """The answer to the same request before, or None: then carry it out, and `finish` or `abandon` it.

        Raises:
            Refused: the key belongs to another request, or to this one which is still under way.
        """
        if not _counts(call):
            return None
        name, fingerprint = _name(call), _fingerprint(call)
        self._drop_old()
        kept = self._kept.get(name)
        if (kept.fingerprint if kept else self._under_way.get(name, fingerprint)) != fingerprint:
            raise Refused(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
                f" Try using a key other than '{call.idempotency_key}' if you meant to execute a different request.",
            )
        if kept is not None:
            return kept.answer
        if name in self._under_way:
            raise invalid(
                "There is currently another in-progress request using this Idempotent Key.",
                status=409,
                code="idempotency_key_in_use",
            )
        self._under_way[name] = fingerprint
        return None

    def finish(self, call: Call, answer: Answer) -> None:
        """Remember the answer, an error of Stripe's own included; not one that says that nothing was tried."""
        self.abandon(call)
        if _counts(call) and _is_remembered(answer):
            self._drop_old()
            self._kept[_name(call)] = _Kept(_fingerprint(call), self._clock(), answer)
            self._state.changed()

    def abandon(self, call: Call) -> None:
        """Say that the request was not carried out."""
        if _counts(call):
            self._under_way.pop(_name(call), None)

    def _drop_old(self) -> None:
        while self._kept:
            oldest = next(iter(self._kept))
            if self._clock() - self._kept[oldest].at < _KEPT_SECONDS:
                return
            del self._kept[oldest]


def _counts(call: Call) -> bool:
    return call.method == "POST" and bool(call.idempotency_key)


def _name(call: Call) -> str:
    return f"{call.key} {call.idempotency_key}"


def _fingerprint(call: Call) -> str:
    said = json.dumps([call.method, call.path, call.parameters], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _is_remembered(answer: Answer) -> bool:
    if answer.status == 400:
        code = str(answer.body.get("error", {}).get("code", ""))
        return bool(code) and not code.startswith("parameter_")
    return answer.status not in _FORGOTTEN_STATUSES
