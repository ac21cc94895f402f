"""Redriving dead letters, on a queue in memory."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from microshop.messaging.dead_letters import DeadLetter
from microshop.messaging.redriving import redrive
from microshop.messaging.view import redrive_view

if TYPE_CHECKING:
    from microshop.messaging.view import RedriveView

_NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def _letter(number: int, *, body: str | None = None, sent_at: datetime = _NOW - timedelta(hours=1)) -> DeadLetter:
    detail = {"id": f"event-{number}", "version": 1, "time": _NOW.isoformat(), "data": {"order_id": number}}
    envelope = json.dumps({"detail-type": "OrderPaid", "detail": detail})
    return DeadLetter(f"letter-{number}", f"receipt-{number}", body or envelope, sent_at, 6, None)


class _Queue:
    """Delivers two letters at a time; `fails_at` names the step that fails, such as `send letter-1`."""

    def __init__(self, *letters: DeadLetter, fails_at: str = "") -> None:
        self.letters = list(letters)
        self.waiting = list(letters)
        self.sent = list[str]()
        self.fails_at = fails_at
        self.done = list[str]()

    def receive(self) -> list[DeadLetter]:
        found, self.waiting = self.waiting[:2], self.waiting[2:]
        return found

    def release(self, letters: Iterable[DeadLetter]) -> None:
        self.waiting += letters

    def send_back(self, letter: DeadLetter) -> str:
        self._do("send", letter)
        self.sent.append(letter.message_id)
        return f"new-{letter.message_id}"

    def delete(self, letter: DeadLetter) -> None:
        self._do("delete", letter)
        self.letters.remove(letter)

    def _do(self, what: str, letter: DeadLetter) -> None:
        if self.fails_at == f"{what} {letter.message_id}":
            raise ConnectionError(what)
        self.done.append(f"{what} {letter.message_id}")


def _redriven(queue: _Queue, message_id: str | None = None, looks: int = 1000) -> tuple["RedriveView", list[str]]:
    noted, left = list[str](), [None] * looks

    def has_time() -> bool:
        return bool(left) and left.pop() is None

    done = redrive(
        queue,
        message_id=message_id,
        began_at=_NOW,
        has_time=has_time,
        on_sent=lambda letter, new_id: noted.append(f"{letter.message_id} as {new_id}"),
    )
    return redrive_view("Mail", done, 0), noted


def test_every_letter_is_sent_before_it_is_deleted() -> None:
    queue = _Queue(_letter(1), _letter(2), _letter(3))

    done, noted = _redriven(queue)

    assert (done["redriven"], done["complete"], queue.letters) == (3, True, [])
    assert queue.done == [f"{what} letter-{number}" for number in (1, 2, 3) for what in ("send", "delete")]
    assert noted == [f"letter-{number} as new-letter-{number}" for number in (1, 2, 3)]


def test_unreadable_letter_stays_and_is_named() -> None:
    queue = _Queue(_letter(1, body="nothing"), _letter(2))

    done, _ = _redriven(queue)

    assert done["redriven"] == 1
    assert done["unreadable"] == [
        {"message_id": "letter-1", "reason": "it is not an event of the shop, and no consumer can read it"}
    ]
    assert [letter.message_id for letter in queue.waiting] == ["letter-1"]


def test_letter_that_cannot_be_sent_does_not_stop_the_next() -> None:
    queue = _Queue(_letter(1), _letter(2), fails_at="send letter-1")

    done, noted = _redriven(queue)

    assert (done["redriven"], queue.sent, noted) == (1, ["letter-2"], ["letter-2 as new-letter-2"])
    assert done["failed"] == [{"message_id": "letter-1", "reason": "ConnectionError: send"}]
    assert queue.letters == queue.waiting


def test_letter_sent_but_not_deleted_counts_as_sent_and_is_named() -> None:
    queue = _Queue(_letter(1), fails_at="delete letter-1")

    done, _ = _redriven(queue)

    assert done["redriven"] == 1
    assert done["failed"] == [{"message_id": "letter-1", "reason": "ConnectionError: delete"}]


def test_letter_that_fails_again_waits_for_the_next_run() -> None:
    queue = _Queue(_letter(1), _letter(2, sent_at=_NOW))

    done, _ = _redriven(queue)

    assert (done["redriven"], done["complete"]) == (1, True)
    assert [letter.message_id for letter in queue.waiting] == ["letter-2"]


def test_requested_letter_is_sent_and_the_others_are_released() -> None:
    queue = _Queue(*map(_letter, range(1, 6)))

    done, _ = _redriven(queue, "letter-3")

    assert (done["redriven"], queue.sent) == (1, ["letter-3"])
    assert sorted(letter.message_id for letter in queue.waiting) == ["letter-1", "letter-2", "letter-4", "letter-5"]


def test_redrive_ends_in_time_and_releases_the_rest() -> None:
    queue = _Queue(*map(_letter, range(1, 6)))

    done, _ = _redriven(queue, looks=3)

    assert (done["redriven"], done["complete"]) == (2, False)
    assert len(queue.waiting) == 3


class _InterruptedQueue(_Queue):
    def send_back(self, letter: DeadLetter) -> str:
        raise KeyboardInterrupt(letter.message_id)


def test_letters_are_released_when_the_redrive_is_interrupted() -> None:
    queue = _InterruptedQueue(_letter(1), _letter(2))

    with pytest.raises(KeyboardInterrupt):
        _redriven(queue)

    assert len(queue.waiting) == 2


def test_nothing_is_sent_when_the_step_before_the_first_message_fails() -> None:
    queue = _Queue(_letter(1), _letter(2))

    def fail() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        redrive(
            queue, message_id=None, began_at=_NOW, has_time=lambda: True, on_sent=lambda *_: None, before_first=fail
        )

    assert (queue.sent, [letter.message_id for letter in queue.waiting]) == ([], ["letter-1", "letter-2"])


def test_the_step_before_the_first_message_happens_once_and_not_without_one() -> None:
    def steps(*letters: DeadLetter) -> int:
        done = list[None]()
        redrive(
            _Queue(*letters),
            message_id=None,
            began_at=_NOW,
            has_time=lambda: True,
            on_sent=lambda *_: None,
            before_first=lambda: done.append(None),
        )
        return len(done)

    assert [steps(), steps(_letter(1, body="unreadable")), steps(_letter(1), _letter(2))] == [0, 0, 1]
