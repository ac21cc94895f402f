"""`make replay`: publishes what happened in a stretch of time again."""

from collections.abc import Iterator, Sequence

from tools.operator.stacks import Stack
from tools.operator.tables import indented, moment


def replay(stack: Stack, *, begin: str, end: str | None, queues: Sequence[str], events: Sequence[str]) -> Iterator[str]:
    """Start a replay from the archive to the rules that are asked for."""
    found = stack.invoke(
        "ReplayEventsFunction", **{"from": begin, "to": end, "queues": list(queues), "events": list(events)}
    )
    yield f"Replay {found['replay']} began."
    yield indented(f"from {moment(found['from'])} to {moment(found['to'])}, to {', '.join(found['queues'])}")
    yield "They get what their rules take:"
    yield indented(", ".join(found["events"]))
    yield "What a consumer has handled before, it ignores: only what it missed has an effect."
    if found["archive_may_lack_the_end"]:
        yield "An event may take ten minutes to reach the archive: the last ones may not come."
    yield f"See how far it is with `make replay STATUS={found['replay']}`."


def show_replay(stack: Stack, name: str) -> Iterator[str]:
    """How far a replay is."""
    found = stack.invoke("ReplayEventsFunction", status=name)
    reason = f" ({found['reason']})" if found.get("reason") else ""
    yield f"Replay {name} is {found['state'].lower()}{reason}."
    for label, key in (("from", "from"), ("to", "to"), ("replayed until", "replayed_until"), ("ended", "ended_at")):
        if key in found:
            yield f"    {label:<14}  {moment(found[key])}"
