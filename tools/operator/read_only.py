"""`make read-only`: stops every change of the shop, ends that, or says how it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.operator.stacks import Stack
from tools.operator.tables import indented, moment


def set_read_only(stack: Stack, *, on: str | None, off: bool) -> Iterator[str]:
    """Turn the switch on for a reason, or off, or neither; what is so then."""
    event: dict[str, object] = {"on": on} if on else {"off": True} if off else {}
    found = stack.invoke("SetReadOnlyFunction", **event)
    if not found["read_only"]:
        yield f"{stack.name} takes changes."
    else:
        yield f"{stack.name} is read-only since {moment(found['since'])}, by {found['operator']}; customers read:"
        yield indented(f"The shop takes no changes at the moment: {found['reason']}")
    if on:
        yield "Requests that had begun may still finish, within 30 seconds. End it with `make read-only OFF=yes`."
    if on or off:
        yield from until_remembered(found)


def until_remembered(done: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning if API Gateway caches answers of the authorizer."""
    if done["remembered_seconds"]:
        yield (
            f"API Gateway remembers callers for {done['remembered_seconds']} seconds (AuthorizerTtlSeconds): "
            "it takes that long."
        )
