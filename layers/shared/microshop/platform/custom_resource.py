"""Answers CloudFormation's custom resources: whatever becomes of the work, the deployment is told, and in time.

The protocol is "CloudFormation custom resource request and response reference" in its user guide. An event that gets no
answer holds the deployment up until the resource's ServiceTimeout.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import time
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from microshop.errors import Unavailable
from microshop.platform import observability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Kept free of the work: all tries to answer together take no longer.
_SECONDS_TO_ANSWER = 25
_ANSWER_TIMEOUT_SECONDS = 3
_PAUSES_BEFORE_ANSWERS = (0, 1, 2)
# A role that was made a moment ago is not known everywhere, and a database's name not in every resolver.
_PAUSE_SECONDS = 5
_PAUSES = 12
# CloudFormation reads 4096 bytes of all of the answer.
_REASON_BYTES = 1000


class Context(Protocol):
    """What Lambda hands to a handler beside the event."""

    def get_remaining_time_in_millis(self) -> int: ...


class OutOfTime(BaseException):
    """The function is about to be ended. Not an Exception: no code on the way is to take it for an error of its own."""


def asks(event: Mapping[str, Any]) -> bool:
    """Whether CloudFormation asks, and not an operator."""
    return "ResponseURL" in event and "RequestType" in event


def answer(
    event: Mapping[str, Any],
    context: Context,
    work: Callable[[], Mapping[str, str]],
    *,
    name: str,
    explains: tuple[type[Exception], ...] = (),
) -> dict[str, Any]:
    """Do the work for a Create or an Update and put the answer to where CloudFormation waits for it; what was answered.

    The work gives the resource's attributes. It may be run again: while something does not answer, for a minute. A
    Delete does nothing: the next deployment would miss what it took away. The resource's id is `name` and stays so,
    since a new id has CloudFormation delete the old one.

    Only the text of errors of the kinds in `explains` goes into the answer, which everybody who may look at a
    deployment can read; of another one, its class and number.

    Raises:
        Unavailable: the answer could not be delivered; Lambda then invokes the function again.
    """
    outcome: dict[str, Any] = {"Status": "SUCCESS"}
    try:
        with _at_most(context.get_remaining_time_in_millis() / 1000 - _SECONDS_TO_ANSWER):
            outcome["Data"] = {} if event["RequestType"] == "Delete" else dict(_patiently(work))
    except OutOfTime:
        outcome = _failed("It takes longer than its function may. Deploy again: that goes on with what was begun.")
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation waits for an answer
        observability.log().exception("the deployment is refused")
        outcome = _failed(_told(error, explains))
    said = outcome | {
        "PhysicalResourceId": event.get("PhysicalResourceId") or name,
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    _deliver(event["ResponseURL"], json.dumps(said).encode())
    observability.log().info("CloudFormation is answered", asked=event["RequestType"], answer=outcome)
    return outcome


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """End what is done within, a wait for a server too, when the time is over. Handlers run in the main thread."""

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


def _failed(reason: str) -> dict[str, Any]:
    return {"Status": "FAILED", "Reason": reason.encode()[:_REASON_BYTES].decode(errors="ignore")}


def _told(error: Exception, explains: tuple[type[Exception], ...]) -> str:
    """What anybody may read. A database's error quotes rows and statements: of it, the number."""
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
    # Never the address: whoever has it can answer in the function's place.
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
