"""`make read-only`: turn read-only on or off, or show its state."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.operator.stacks import Stack
from tools.operator.tables import indented, moment


def set_read_only(stack: Stack, *, on: str | None, off: bool) -> Iterator[str]:
    """Turn read-only on with the reason `on`, or off with `off`, and show the state."""
    event: dict[str, object] = {"on": on} if on else {"off": True} if off else {}
    found = stack.invoke("SetReadOnlyFunction", **event)
    if not found["read_only"]:
        yield (
            f'{stack.name} accepts changes. `make read-only ON="reason"` stops them.'
            if not off
            else f"{stack.name} accepts changes again."
        )
    else:
        yield f"{stack.name} has been read-only since {moment(found['since'])}, by {found['operator']}. Customers see:"
        yield indented(f"The shop is read-only at the moment: {found['reason']}")
    if on:
        yield "Requests in progress may still finish within 30 seconds."
        yield "`make read-only OFF=yes` allows changes again."
    if on or off:
        yield from authorizer_cache_warning(found)


def authorizer_cache_warning(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning if API Gateway caches answers of the authorizer."""
    if result["remembered_seconds"]:
        yield (
            f"API Gateway caches callers (AuthorizerTtlSeconds): the change reaches all requests within "
            f"{result['remembered_seconds']} seconds."
        )
