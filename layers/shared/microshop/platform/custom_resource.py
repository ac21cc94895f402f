"""Answers CloudFormation's custom resources: in time, whether the work succeeds or fails.

The protocol is "CloudFormation custom resource request and response reference" in its user guide. A request without an
answer blocks the deployment until the resource's ServiceTimeout.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import time
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict
from urllib.parse import urlsplit

from microshop.errors import Unavailable
from microshop.platform import observability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from microshop.platform.lambda_context import Deadline

# Reserved for the answer: all attempts together take no longer.
_SECONDS_TO_ANSWER = 25
_ANSWER_TIMEOUT_SECONDS = 3
_PAUSES_BEFORE_ANSWERS = (0, 1, 2)
# A new role takes a while to propagate, and so does a new database's host name.
_PAUSE_SECONDS = 5
_PAUSES = 12
# CloudFormation reads 4096 bytes of the whole answer.
_REASON_BYTES = 1000


class Answer(TypedDict):
    """The outcome of the work, in CloudFormation's terms."""

    Status: Literal["SUCCESS", "FAILED"]
    Data: NotRequired[Mapping[str, str]]
    Reason: NotRequired[str]


class OutOfTime(BaseException):
    """The function is about to time out. Not an Exception, so that no `except Exception` on the way catches it."""


def asks(event: Mapping[str, Any]) -> bool:
    """Whether CloudFormation sent the event, and not an operator."""
    return "ResponseURL" in event and "RequestType" in event


def answer(
    event: Mapping[str, Any],
    context: Deadline,
    work: Callable[[], Mapping[str, str]],
    *,
    name: str,
    explains: tuple[type[Exception], ...] = (),
) -> Answer:
    """Do the work for a Create or an Update and send the answer to CloudFormation. Returns the answer.

    The work returns the resource's attributes. It is retried for a minute while a dependency does not answer. A Delete
    does nothing: the next deployment would miss what it removed. The resource's id is always `name`: CloudFormation
    deletes the old resource when the id changes.

    Everybody who may view a deployment can read the answer. So it has the message of the errors in `explains`, and of
    other errors only the class and number.

    Raises:
        Unavailable: the answer could not be delivered; Lambda then invokes the function again.
    """
    outcome: Answer = {"Status": "SUCCESS"}
    try:
        with _at_most(context.get_remaining_time_in_millis() / 1000 - _SECONDS_TO_ANSWER):
            outcome["Data"] = {} if event["RequestType"] == "Delete" else dict(_patiently(work))
    except OutOfTime:
        outcome = _failed("It takes longer than its function may. Deploy again: that goes on with what was begun.")
    except Exception as error:  # noqa: BLE001 - CloudFormation waits for an answer to any error
        observability.log().exception("the deployment is refused")
        outcome = _failed(_explanation(error, explains))
    answered = {
        **outcome,
        "PhysicalResourceId": event.get("PhysicalResourceId") or name,
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    _deliver(event["ResponseURL"], json.dumps(answered).encode())
    observability.log().info("CloudFormation is answered", asked=event["RequestType"], answer=outcome)
    return outcome


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Interrupt the block, even while it waits for a server, when the time is over. Handlers run in the main thread."""

    def ring(_signal: int, _frame: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _patiently(work: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    for _ in range(_PAUSES):
        try:
            return work()
        except Unavailable as error:
            observability.log().warning("tried again", reason=str(error), seconds=_PAUSE_SECONDS)
            time.sleep(_PAUSE_SECONDS)
    return work()


def _failed(reason: str) -> Answer:
    return {"Status": "FAILED", "Reason": reason.encode()[:_REASON_BYTES].decode(errors="ignore")}


def _explanation(error: Exception, explains: tuple[type[Exception], ...]) -> str:
    """What anybody may read. A database's error quotes rows and statements, so only its number is told."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else ""
    known = str(error) if isinstance(error, explains) else f"{type(error).__name__} {number}".strip()
    return " ".join([known, *getattr(error, "__notes__", ()), "(The function's log says more.)"])


def _deliver(url: str, body: bytes) -> None:
    reason = ""
    for pause in _PAUSES_BEFORE_ANSWERS:
        time.sleep(pause)
        try:
            status = _put(url, body)
        except (OSError, http.client.HTTPException) as error:
            reason = type(error).__name__
            continue
        if status < http.HTTPStatus.MULTIPLE_CHOICES:
            return
        reason = f"status {status}"
    # Never log the URL: anybody who has it can answer in the function's place.
    raise Unavailable("CloudFormation", reason)


def _put(url: str, body: bytes) -> int:
    to = urlsplit(url)
    connect = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
    connection = connect(to.netloc, timeout=_ANSWER_TIMEOUT_SECONDS)
    try:
        # No Content-Type: the address is signed for a request without one.
        connection.request("PUT", f"{to.path}?{to.query}", body)
        return connection.getresponse().status
    finally:
        connection.close()
