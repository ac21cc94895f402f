"""`make replay`: publishes the events of a period again."""

from collections.abc import Iterator, Sequence

from tools.operator.stacks import Stack
from tools.operator.tables import indented, moment


def replay(stack: Stack, *, begin: str, end: str | None, queues: Sequence[str], events: Sequence[str]) -> Iterator[str]:
    """Start a replay from the archive to the given queues, or to those that receive the given events."""
    found = stack.invoke(
        "ReplayEventsFunction", **{"from": begin, "to": end, "queues": list(queues), "events": list(events)}
    )
    yield f"Replay {found['replay']} has started."
    yield indented(f"from {moment(found['from'])} to {moment(found['to'])}, to {', '.join(found['queues'])}")
    yield "These queues receive every event of these types:"
    yield indented(", ".join(found["events"]))
    yield "A consumer ignores events that it has already handled."
    if found["archive_may_lack_the_end"]:
        yield "Events reach the archive within ten minutes: the latest ones may be missing."
    yield f"`make replay STATUS={found['replay']}` shows its progress."


def show_replay(stack: Stack, name: str) -> Iterator[str]:
    """Show the state and the progress of a replay."""
    found = stack.invoke("ReplayEventsFunction", status=name)
    reason = f" ({found['reason']})" if found.get("reason") else ""
    yield f"Replay {name} is {found['state'].lower()}{reason}."
    for label, key in (("from", "from"), ("to", "to"), ("replayed until", "replayed_until"), ("ended", "ended_at")):
        if key in found:
            yield f"    {label:<14}  {moment(found[key])}"
