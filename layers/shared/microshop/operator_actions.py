"""Shared by all functions for operators: the response to an operator's mistake, and the audit line of an action.

The audit line in the function's log has the operator, the action and its results.

The command line sends the operator's name, which is not verified. IAM decides who may invoke the function, and
CloudTrail records each invocation with its real caller.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from microshop.errors import InvalidInput, NotFound
from microshop.platform import observability
from microshop.staff_errors import LastOwner
from microshop.text import normalise_search

_MAX_LENGTH = 200

type Handler[Context] = Callable[[dict[str, Any], Context], Mapping[str, object]]


def return_mistakes[Context](handler: Handler[Context]) -> Handler[Context]:
    """Return an operator's mistake as a result, because a failed invocation would count as an error of the shop.

    The result is `{"mistake": {"kind": "InvalidInput", "explanation": "…", "fields": [{"field", "reason"}]}}`, with
    "InvalidInput", "NotFound" or "LastOwner" as `kind`.
    """

    @functools.wraps(handler)
    def explaining_handler(event: dict[str, Any], context: Context) -> Mapping[str, object]:
        try:
            return handler(event, context)
        except (InvalidInput, NotFound, LastOwner) as error:
            kind, problems = type(error).__name__, getattr(error, "problems", ())
            observability.log().info("operator mistake", operator=operator_of(event), kind=kind, reason=str(error))
            fields = [{"field": problem.field, "reason": problem.reason} for problem in problems]
            return {"mistake": {"kind": kind, "explanation": str(error), "fields": fields}}

    return explaining_handler


def operator_of(event: Mapping[str, Any]) -> str:
    """Returns the operator that the event names; "unknown" if it names none."""
    return normalise_search(str(event.get("operator") or ""))[:_MAX_LENGTH] or "unknown"


def log_action(action: str, event: Mapping[str, Any], **details: object) -> None:
    """Write the audit line of an action, with its objects and results in `details`."""
    observability.log().info("operator action", action=action, operator=operator_of(event), **details)
