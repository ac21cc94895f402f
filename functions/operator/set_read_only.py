"""Makes the shop read-only: `{"on": "why", "operator": "…"}`; `{"off": true}` ends it, `{}` says how it is."""

from typing import Any

from microshop import read_only
from microshop.errors import FieldProblem, InvalidInput
from microshop.limits import MAX_REASON_LENGTH
from microshop.operator_actions import note_action, operator_of
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.read_only import Switch


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"read_only": true, "reason", "operator", "since"}` or `{"read_only": false}`, as it is afterwards.

    `remembered_seconds` is for how long API Gateway goes by what it heard before.
    """
    switch = Switch(redis())
    if "on" in event:
        reason = _reason(event["on"])
        switch.turn_on(reason, operator_of(event))
        note_action("turn read-only on", event, reason=reason)
    elif event.get("off") is True:
        note_action("turn read-only off", event, was_on=switch.turn_off())
    return {**_shown(switch.state()), "remembered_seconds": settings.integer("AUTHORIZER_TTL_SECONDS", 0)}


def _reason(given: object) -> str:
    reason = " ".join(given.split()) if isinstance(given, str) else ""
    if not 1 <= len(reason) <= MAX_REASON_LENGTH or not reason.isprintable():
        raise InvalidInput(FieldProblem("on", f"must be 1 to {MAX_REASON_LENGTH} characters that customers may read"))
    return reason


def _shown(state: read_only.ReadOnlyState | None) -> dict[str, Any]:
    if state is None:
        return {"read_only": False}
    about = {"reason": state.reason, "operator": state.operator, "since": state.since.isoformat()}
    return {"read_only": True, **about}
