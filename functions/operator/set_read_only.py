"""Makes the shop read-only: `{"on": "why", "operator": "…"}`; `{"off": true}` ends it, `{}` shows the state."""

from collections.abc import Mapping
from typing import Any

from microshop.errors import FieldProblem, InvalidInput
from microshop.limits import MAX_REASON_LENGTH
from microshop.operator_actions import log_action, operator_of, return_mistakes
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.read_only import ReadOnlyState, ReadOnlySwitch
from microshop.text import normalise_remark


@return_mistakes
def handler(event: dict[str, Any], _context: object) -> Mapping[str, object]:
    """Returns the state afterwards: `{"read_only": true, "reason", "operator", "since"}` or `{"read_only": false}`.

    `remembered_seconds` is how long API Gateway caches the authorizer's responses.
    """
    switch = ReadOnlySwitch(redis())
    if "on" in event:
        reason = _reason(event["on"])
        switch.turn_on(reason, operator_of(event))
        log_action("turn read-only on", event, reason=reason)
    elif event.get("off") is True:
        log_action("turn read-only off", event, was_on=switch.turn_off())
    return {**_state_view(switch.state()), "remembered_seconds": settings.integer("AUTHORIZER_TTL_SECONDS", 0)}


def _reason(value: object) -> str:
    # A quoted argument in a shell may contain line breaks.
    reason = " ".join(value.split()) if isinstance(value, str) else ""
    try:
        return normalise_remark(reason, MAX_REASON_LENGTH)
    except ValueError as error:
        raise InvalidInput(FieldProblem("on", str(error))) from None


def _state_view(state: ReadOnlyState | None) -> dict[str, object]:
    if state is None:
        return {"read_only": False}
    return {
        "read_only": True,
        "reason": state.reason,
        "operator": state.operator,
        "since": state.since.isoformat(),
    }
