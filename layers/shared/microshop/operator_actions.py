"""The audit line that everything an operator does leaves in its function's log: who did what, and how much of it.

The operator is who the command line says it is: a stack trusts those whom IAM lets invoke the function, and CloudTrail
keeps who that was.
"""

from collections.abc import Mapping
from typing import Any

from microshop.platform import observability

_MAX_LENGTH = 200


def operator_of(event: Mapping[str, Any]) -> str:
    """Who invokes, as the event has it; "unknown" for an invocation by hand."""
    return str(event.get("operator") or "unknown")[:_MAX_LENGTH]


def note_action(action: str, event: Mapping[str, Any], **what: object) -> None:
    """Write the line; `what` says what it was done to and what came of it."""
    observability.log().info("operator action", action=action, operator=operator_of(event), **what)
