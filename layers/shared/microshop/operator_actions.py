"""The audit line of an operator's action in its function's log: who did what, and to how much.

The command line sends the operator's name. A stack trusts everybody whom IAM allows to invoke the function, and
CloudTrail records who that was.
"""

from collections.abc import Mapping
from typing import Any

from microshop.platform import observability
from microshop.text import looked_up

_MAX_LENGTH = 200


def operator_of(event: Mapping[str, Any]) -> str:
    """Return the operator that the event names; "unknown" if it names none."""
    return looked_up(str(event.get("operator") or ""))[:_MAX_LENGTH] or "unknown"


def note_action(action: str, event: Mapping[str, Any], **what: object) -> None:
    """Log an action; `what` names its objects and its results."""
    observability.log().info("operator action", action=action, operator=operator_of(event), **what)
