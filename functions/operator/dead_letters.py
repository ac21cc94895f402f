"""What consumers could not handle: counts, lists, explains and sends back, as an operator asks for.

`{"action": "count"}`
`{"action": "list", "queue": "CustomerMail"}`
`{"action": "explain", "message_id": "…"}`
`{"action": "redrive", "queue": "CustomerMail", "message_id": "…" or null for all, "operator": "…"}`
"""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from microshop.errors import FieldProblem, InvalidInput
from microshop.messaging.dead_letters import DeadLetter
from microshop.messaging.letter_queue import SqsLetterQueue
from microshop.messaging.redrive import looking, redrive
from microshop.operator_actions import note_action
from microshop.platform import settings

_LISTED = 100
# Room for the message at hand (platform/aws.py: two attempts of 5 s each to send and to delete) and for letting go.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 40_000


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What the action found or did; an action or queue that there is not fails the invocation."""

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS)

    action = _ACTIONS.get(str(event.get("action")))
    if action is None:
        raise InvalidInput(FieldProblem("action", f"must be one of {', '.join(_ACTIONS)}"))
    return action(event, has_time)


def _count(_event: dict[str, Any], has_time: Callable[[], bool]) -> dict[str, Any]:
    return {"queues": [_counted(name, has_time) for name in _queues()]}


def _counted(name: str, has_time: Callable[[], bool]) -> dict[str, Any]:
    queue = _queue(name)
    messages, held = queue.count()
    seen = _seen(queue, has_time) if messages else []
    oldest = min((letter.sent_at for letter in seen), default=None)
    return {
        "queue": name,
        "consumer": _queues()[name]["consumer"],
        "messages": max(messages, len(seen)),
        "held": held,
        "oldest_at": oldest.isoformat(timespec="seconds") if oldest else None,
        "all_seen": len(seen) < _LISTED,
    }


def _list(event: dict[str, Any], has_time: Callable[[], bool]) -> dict[str, Any]:
    name = _named(event)
    queue = _queue(name)
    max_receives, seen = queue.max_receives(), _seen(queue, has_time)
    shown = [letter.shown(max_receives) for letter in sorted(seen, key=lambda letter: letter.sent_at)]
    messages, held = queue.count()
    about = {"queue": name, "consumer": _queues()[name]["consumer"]}
    return {**about, "messages": max(messages, len(seen)), "held": held, "letters": shown}


def _seen(queue: SqsLetterQueue, has_time: Callable[[], bool]) -> list[DeadLetter]:
    with looking(queue, has_time) as look:
        return list(itertools.islice(look, _LISTED))


def _explain(event: dict[str, Any], has_time: Callable[[], bool]) -> dict[str, Any]:
    wanted = str(event.get("message_id"))
    for name in [_named(event)] if event.get("queue") else _queues():
        queue = _queue(name)
        with looking(queue, has_time) as look:
            letter = next((letter for letter in look if letter.message_id == wanted), None)
        if letter is not None:
            about = {"queue": name, "consumer": _queues()[name]["consumer"]}
            return {**about, **letter.shown(queue.max_receives()), "content": letter.content()}
    return {"message_id": wanted, "queue": None, "complete": has_time()}


def _redrive(event: dict[str, Any], has_time: Callable[[], bool]) -> dict[str, Any]:
    name, wanted = _named(event), event.get("message_id")
    queue = _queue(name)

    def note(letter: DeadLetter, new_id: str) -> None:
        about = {"queue": name, "message_id": letter.message_id, "new_message_id": new_id}
        found = {"event_id": letter.event.id, "event_type": letter.event.type} if letter.event else {}
        note_action("redrive", event, **about, **found)

    done = redrive(queue, message_id=wanted, began_at=datetime.now(UTC), has_time=has_time, note=note)
    left, _ = queue.count()
    answer = {"queue": name, **done.shown(), "left": left}
    counts = {"redriven": done.sent, "unreadable": len(done.unreadable), "failed": len(done.failed), "left": left}
    note_action("end of redrive", event, queue=name, message_id=wanted, complete=done.complete, **counts)
    return answer


_ACTIONS = {"count": _count, "list": _list, "explain": _explain, "redrive": _redrive}


def _queues() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(settings.text("QUEUES"))
    return found


def _named(event: dict[str, Any]) -> str:
    name = str(event.get("queue"))
    if name not in _queues():
        raise InvalidInput(FieldProblem("queue", f"must be one of {', '.join(_queues())}"))
    return name


def _queue(name: str) -> SqsLetterQueue:
    found = _queues()[name]
    return SqsLetterQueue(found["queue"], found["dead_letters"])
