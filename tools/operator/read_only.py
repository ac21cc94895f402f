"""`make read-only`: stops every change of the shop, allows them again, or shows the state."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.operator.stacks import Stack
from tools.operator.tables import indented, moment


def set_read_only(stack: Stack, *, on: str | None, off: bool) -> Iterator[str]:
    """Turn the switch on for a reason, or off, or neither; show the state."""
    event: dict[str, object] = {"on": on} if on else {"off": True} if off else {}
    found = stack.invoke("SetReadOnlyFunction", **event)
    if not found["read_only"]:
        yield (
            f'{stack.name} takes changes. Stop them with `make read-only ON="why"`.'
            if not off
            else f"{stack.name} takes changes again."
        )
    else:
        yield f"{stack.name} is read-only since {moment(found['since'])}, by {found['operator']}; customers read:"
        yield indented(f"The shop is read-only at the moment: {found['reason']}")
    if on:
        yield "Requests in progress may still finish, within 30 seconds."
        yield "`make read-only OFF=yes` lets the shop take changes again."
    if on or off:
        yield from until_remembered(found)


def until_remembered(done: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning if API Gateway caches answers of the authorizer."""
    if done["remembered_seconds"]:
        yield (
            f"API Gateway caches callers (AuthorizerTtlSeconds): it takes up to {done['remembered_seconds']} seconds "
            "until all requests follow."
        )
