"""`make dead-letters` and `make redrive`: what consumers could not handle, why, and sending it back."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tools.operator.stacks import Stack
from tools.operator.tables import age, counted, indented, moment, table
from tools.problems import LocalProblem

_FUNCTION = "DeadLettersFunction"
_TRACE_LINES = 40


def show_queues(stack: Stack) -> Iterator[str]:
    """How many letters each queue has, and how old the oldest is."""
    queues = stack.invoke(_FUNCTION, action="count")["queues"]
    yield from table(
        ("queue", "consumer", "letters", "oldest"),
        [(each["queue"], each["consumer"], each["messages"], _oldest(each)) for each in queues],
    )
    yield ""
    if any(each["messages"] for each in queues):
        yield "`make dead-letters QUEUE=…` lists one queue, with ID=… it explains one; `make redrive` sends it back."
    else:
        yield "No consumer has given up an event. One that waits for a retry is not counted here."


def show_queue(stack: Stack, queue: str) -> Iterator[str]:
    """The letters of a queue, the oldest first."""
    found = stack.invoke(_FUNCTION, action="list", queue=queue)
    for letter in found["letters"]:
        about = "  ".join(filter(None, (letter["event_type"] or "unreadable", letter["subject"])))
        yield f"{letter['message_id']}  {about}, {age(letter['sent_at'])} old, received {letter['receive_count']} times"
        event = f"event {letter['event_id']}; " if letter["event_id"] else ""
        yield indented(f"{event}{letter['why']}")
    hidden = found["messages"] - len(found["letters"])
    yield f"{counted(found['messages'], 'letter')} of {found['consumer']}." + (
        f" {hidden} are not shown: another command reads them, or there are too many." if hidden > 0 else ""
    )


def explain(stack: Stack, message_id: str, queue: str | None) -> Iterator[str]:
    """One letter: the event, its consumer, how that failed last, and what its inbox says."""
    about: dict[str, object] = {"queue": queue} if queue else {}
    found = stack.invoke(_FUNCTION, action="explain", message_id=message_id, **about)
    if found["queue"] is None:
        raise LocalProblem(_not_found(message_id, queue, complete=found["complete"]))
    yield f"message   {message_id}, in {found['queue']} since it was sent at {moment(found['sent_at'])}"
    yield f"consumer  {found['consumer']}"
    yield f"why       {found['why']}"
    yield f"inbox     {_inbox(stack, found)}"
    yield "last error"
    yield from _last_error(stack, found)
    yield "event"
    yield indented_json(found["content"])


def redrive(stack: Stack, queue: str, message_id: str | None) -> Iterator[str]:
    """Send one letter, or all, back to the queue that they came from."""
    found = stack.invoke(_FUNCTION, action="redrive", queue=queue, message_id=message_id)
    for each in found["unreadable"]:
        yield f"{each['message_id']}  stays where it is:"
        yield indented(each["reason"])
    for each in found["failed"]:
        yield f"{each['message_id']}  could not be sent back, or could not be deleted afterwards:"
        yield indented(each["reason"])
    if message_id and not (found["redriven"] or found["unreadable"] or found["failed"]):
        raise LocalProblem(_not_found(message_id, queue, complete=found["complete"]))
    yield f"{queue}: {counted(found['redriven'], 'letter')} sent back, {found['left']} left."
    if found["redriven"]:
        yield "The consumer ignores events that it has handled. An event that fails again is back in some minutes:"
        yield f"`make dead-letters QUEUE={queue}` shows it."
    if not found["complete"]:
        yield "There were too many for one run: run it again."


def indented_json(content: Any) -> str:
    """A message as it is, readable."""
    text = content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False)
    return "\n".join(f"    {line}" for line in text.splitlines())


def _oldest(queue: Mapping[str, Any]) -> str:
    if queue["oldest_at"] is None:
        return "another command reads them" if queue["held"] else ""
    return f"{age(queue['oldest_at'])}{'' if queue['all_seen'] else ' at least'}"


def _inbox(stack: Stack, letter: Mapping[str, Any]) -> str:
    if not letter["event_id"]:
        return "unknown, because the message holds no event"
    asked = {"consumer": letter["consumer"], "event_ids": [letter["event_id"]]}
    seen = stack.invoke("CheckInboxFunction", **asked)["events"].get(letter["event_id"])
    if seen is None:
        return "has no record: it was never handled, or its consumer needs no inbox"
    if seen["done_at"] is None:
        return f"it was begun and not finished; the last attempt had until {moment(seen['claimed_until'])}"
    return f"it was handled at {moment(seen['done_at'])}: sending it back changes nothing"


def _last_error(stack: Stack, letter: Mapping[str, Any]) -> Iterator[str]:
    try:
        error = stack.last_error(letter["message_id"], datetime.fromisoformat(letter["sent_at"]))
    except LocalProblem as problem:
        yield indented(f"unknown: {problem}")
        return
    if error is None:
        yield indented("the log has none")
        return
    yield indented(f"at {error.at}")
    lines = [line for line in error.trace.splitlines() if line.strip(" ~^")]
    yield from (f"    {line}" for line in lines[-_TRACE_LINES:])


def _not_found(message_id: str, queue: str | None, *, complete: bool) -> str:
    if complete:
        where = (
            f"in {queue}: `make dead-letters QUEUE={queue}`" if queue else "in any queue: `make dead-letters QUEUE=…`"
        )
        return f"there is no message {message_id} {where} lists what is there"
    return f"there are too many messages to find {message_id} in one run: run it again, or `make redrive` with ALL=yes"
