"""`make dead-letters` and `make redrive`: show dead letters, and send them back to their queue."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tools.operator.stacks import Stack
from tools.operator.tables import age, count_of, indented, moment, table
from tools.problems import LocalProblem

_FUNCTION = "DeadLettersFunction"
_TRACE_LINES = 40


def show_queues(stack: Stack) -> Iterator[str]:
    """Show the number of dead letters in each queue, and the age of the oldest one."""
    queues = stack.invoke(_FUNCTION, action="count")["queues"]
    yield from table(
        ("queue", "consumer", "messages", "oldest"),
        [(each["queue"], each["consumer"], each["messages"], _oldest(each)) for each in queues],
    )
    yield ""
    if any(each["messages"] for each in queues):
        yield "`make dead-letters QUEUE=…` lists one queue, ID=… shows one message, `make redrive` sends messages back."
    else:
        yield "There are no dead letters. Events that wait for a retry are not counted."


def show_queue(stack: Stack, queue: str) -> Iterator[str]:
    """List the dead letters of a queue, the oldest first."""
    found = stack.invoke(_FUNCTION, action="list", queue=queue)
    for message in found["letters"]:
        about = "  ".join(filter(None, (message["event_type"] or "unreadable", message["subject"])))
        received = f"received {message['receive_count']} times"
        yield f"{message['message_id']}  {about}, {age(message['sent_at'])} old, {received}"
        event = f"event {message['event_id']}; " if message["event_id"] else ""
        yield indented(f"{event}{message['why']}")
    hidden = found["messages"] - len(found["letters"])
    yield f"{count_of(found['messages'], 'dead letter')} of {found['consumer']}." + (
        f" {hidden} are not shown: another command is reading them, or the list is too long." if hidden > 0 else ""
    )


def explain(stack: Stack, message_id: str, queue: str | None) -> Iterator[str]:
    """Show one dead letter: its event, its consumer, the last error, and the record in the consumer's inbox."""
    about: dict[str, object] = {"queue": queue} if queue else {}
    found = stack.invoke(_FUNCTION, action="explain", message_id=message_id, **about)
    if found["queue"] is None:
        raise LocalProblem(_not_found(message_id, queue, complete=found["complete"]))
    yield f"message   {message_id}, in {found['queue']}, sent at {moment(found['sent_at'])}"
    yield f"consumer  {found['consumer']}"
    yield f"reason    {found['why']}"
    yield f"inbox     {_inbox_state(stack, found)}"
    yield "last error"
    yield from _last_error(stack, found)
    yield "event"
    yield indented_json(found["content"])


def redrive(stack: Stack, queue: str, message_id: str | None) -> Iterator[str]:
    """Send one dead letter, or all, back to the source queue."""
    found = stack.invoke(_FUNCTION, action="redrive", queue=queue, message_id=message_id)
    for each in found["unreadable"]:
        yield f"{each['message_id']}  was not sent back:"
        yield indented(each["reason"])
    for each in found["failed"]:
        yield f"{each['message_id']}  failed: it was not sent back, or was sent back and not deleted:"
        yield indented(each["reason"])
    if message_id and not (found["redriven"] or found["unreadable"] or found["failed"]):
        raise LocalProblem(_not_found(message_id, queue, complete=found["complete"]))
    yield f"{queue}: {count_of(found['redriven'], 'message')} sent back, {found['left']} left."
    if found["redriven"]:
        yield "The consumer ignores events that it has handled. If an event fails again, it becomes a dead letter again"
        yield f"after some minutes, and `make dead-letters QUEUE={queue}` shows it."
    if not found["complete"]:
        yield "There were too many messages for one run: run the command again."


def indented_json(content: Any) -> str:
    """Returns a message's content as indented JSON, or as text if it is not JSON."""
    text = content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False)
    return "\n".join(f"    {line}" for line in text.splitlines())


def _oldest(queue: Mapping[str, Any]) -> str:
    if queue["oldest_at"] is None:
        return "unknown: another command is reading them" if queue["held"] else ""
    return f"{age(queue['oldest_at'])}{'' if queue['all_seen'] else ' at least'}"


def _inbox_state(stack: Stack, message: Mapping[str, Any]) -> str:
    if not message["event_id"]:
        return "unknown, because the message holds no event"
    query = {"consumer": message["consumer"], "event_ids": [message["event_id"]]}
    record = stack.invoke("CheckInboxFunction", **query)["events"].get(message["event_id"])
    if record is None:
        return "no record: the event was never handled, or its consumer has no inbox"
    if record["done_at"] is None:
        return f"started but not finished; the lease of the last attempt ends at {moment(record['claimed_until'])}"
    return f"handled at {moment(record['done_at'])}: sending it back has no effect"


def _last_error(stack: Stack, message: Mapping[str, Any]) -> Iterator[str]:
    try:
        error = stack.last_error(message["message_id"], datetime.fromisoformat(message["sent_at"]))
    except LocalProblem as problem:
        yield indented(f"unknown: {problem}")
        return
    if error is None:
        yield indented("the log has no error of this message")
        return
    yield indented(f"at {error.at}")
    lines = [line for line in error.traceback.splitlines() if line.strip(" ~^")]
    yield from (f"    {line}" for line in lines[-_TRACE_LINES:])


def _not_found(message_id: str, queue: str | None, *, complete: bool) -> str:
    if complete:
        place = (
            f"in {queue}: `make dead-letters QUEUE={queue}`" if queue else "in any queue: `make dead-letters QUEUE=…`"
        )
        return f"there is no message {message_id} {place} lists the messages"
    return f"one run cannot search all messages for {message_id}: run the command again, or `make redrive` with ALL=yes"
