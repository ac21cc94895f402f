"""Stores responses by idempotency key for a day, as Stripe does. A repeated request is executed once."""

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
# Stripe executed nothing for these, according to its documentation, so a retry may use the same key.
_NOT_STORED = {401, 403, 409, 429}


@dataclass(frozen=True)
class Response:
    """The response to a request."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class _Stored:
    fingerprint: str
    at: float
    answer: Response


class IdempotencyStore:
    """The responses by account and idempotency key. A secret key identifies an account."""

    def __init__(self, state: State, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._clock = clock
        self._stored: dict[str, _Stored] = state.part("answers")
        self._in_progress: dict[str, str] = {}

    def begin(self, call: Call) -> Response | None:
        """Returns the stored response, or None for a new request; `finish` or `abandon` must follow it.

        Raises:
            Refused: the key was used with another request, or this request is still in progress.
        """
        if not _counts(call):
            return None
        name, fingerprint = _name(call), _fingerprint(call)
        self._delete_expired()
        stored = self._stored.get(name)
        if (stored.fingerprint if stored else self._in_progress.get(name, fingerprint)) != fingerprint:
            raise Refused(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
                f" Try using a key other than '{call.idempotency_key}' if you meant to execute a different request.",
            )
        if stored is not None:
            return stored.answer
        if name in self._in_progress:
            raise invalid(
                "There is currently another in-progress request using this Idempotent Key.",
                status=409,
                code="idempotency_key_in_use",
            )
        self._in_progress[name] = fingerprint
        return None

    def finish(self, call: Call, response: Response) -> None:
        """Store the response, unless it says that nothing was executed. A 500 of Stripe is stored."""
        self.abandon(call)
        if _counts(call) and _is_stored(response):
            self._delete_expired()
            self._stored[_name(call)] = _Stored(_fingerprint(call), self._clock(), response)
            self._state.mark_changed()

    def abandon(self, call: Call) -> None:
        """End a request that was not executed."""
        if _counts(call):
            self._in_progress.pop(_name(call), None)

    def _delete_expired(self) -> None:
        while self._stored:
            oldest = next(iter(self._stored))
            if self._clock() - self._stored[oldest].at < _KEPT_SECONDS:
                return
            del self._stored[oldest]


def _counts(call: Call) -> bool:
    return call.method == "POST" and bool(call.idempotency_key)


def _name(call: Call) -> str:
    return f"{call.key} {call.idempotency_key}"


def _fingerprint(call: Call) -> str:
    text = json.dumps([call.method, call.path, call.parameters], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_stored(response: Response) -> bool:
    if response.status == 400:
        code = str(response.body.get("error", {}).get("code", ""))
        return bool(code) and not code.startswith("parameter_")
    return response.status not in _NOT_STORED
