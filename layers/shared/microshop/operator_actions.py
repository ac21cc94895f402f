"""The frame of the functions that operators invoke: their answer to a mistake, and the audit line of an action.

The audit line is in the function's log: who did what, and to how much.

The command line sends the operator's name. A stack trusts everybody whom IAM allows to invoke the function, and
CloudTrail records who that was.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from microshop.errors import InvalidInput, NotFound
from microshop.platform import observability
from microshop.text import looked_up

_MAX_LENGTH = 200

type Handler[Context] = Callable[[dict[str, Any], Context], Mapping[str, object]]


def explains_mistakes[Context](handler: Handler[Context]) -> Handler[Context]:
    """Answer a mistake of the operator instead of failing: a failed invocation counts as an error of the shop.

    The answer is `{"mistake": {"kind": "InvalidInput", "explanation": "…", "fields": [{"field", "reason"}]}}`, with
    "InvalidInput" or "NotFound" as `kind`.
    """

    @functools.wraps(handler)
    def answer(event: dict[str, Any], context: Context) -> Mapping[str, object]:
        try:
            return handler(event, context)
        except (InvalidInput, NotFound) as error:
            kind, problems = type(error).__name__, getattr(error, "problems", ())
            observability.log().info("operator mistake", operator=operator_of(event), kind=kind, reason=str(error))
            fields = [{"field": problem.field, "reason": problem.reason} for problem in problems]
            return {"mistake": {"kind": kind, "explanation": str(error), "fields": fields}}

    return answer


def operator_of(event: Mapping[str, Any]) -> str:
    """Return the operator that the event names; "unknown" if it names none."""
    return looked_up(str(event.get("operator") or ""))[:_MAX_LENGTH] or "unknown"


def note_action(action: str, event: Mapping[str, Any], **what: object) -> None:
    """Log an action; `what` names its objects and its results."""
    observability.log().info("operator action", action=action, operator=operator_of(event), **what)
