"""Responds to CloudFormation's custom resource requests in time, whether the work succeeds or fails.

The protocol is "CloudFormation custom resource request and response reference" in its user guide. A request without a
response blocks the deployment until the resource's ServiceTimeout.
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

# Reserved for sending the response. All attempts together take less.
_SECONDS_TO_RESPOND = 25
_SEND_TIMEOUT_SECONDS = 3
_PAUSES_BEFORE_SENDING = (0, 1, 2)
# A new role takes a while to propagate, and so does a new database's host name.
_RETRY_PAUSE_SECONDS = 5
_RETRIES = 12
# CloudFormation reads 4096 bytes of the whole response.
_REASON_BYTES = 1000


class Outcome(TypedDict):
    """The result of the work, in CloudFormation's terms."""

    Status: Literal["SUCCESS", "FAILED"]
    Data: NotRequired[Mapping[str, str]]
    Reason: NotRequired[str]


class TimedOut(BaseException):
    """The function is about to time out. Not an Exception, so that no `except Exception` on the way catches it."""


def is_request(event: Mapping[str, Any]) -> bool:
    """Whether CloudFormation sent the event, and not an operator."""
    return "ResponseURL" in event and "RequestType" in event


def respond(
    event: Mapping[str, Any],
    context: Deadline,
    work: Callable[[], Mapping[str, str]],
    *,
    name: str,
    public_errors: tuple[type[Exception], ...] = (),
) -> Outcome:
    """Do the work for a Create or an Update and send the outcome to CloudFormation. Returns the outcome.

    `work` returns the resource's attributes. It is retried for a minute while a dependency does not answer. A Delete
    does nothing: the next deployment would miss what it removed. The resource's id is always `name`: CloudFormation
    deletes the old resource when the id changes.

    Everybody who may view a deployment can read the response. So it quotes the message of `public_errors` only;
    of other errors it has the class and number.

    Raises:
        Unavailable: the response could not be sent; Lambda then invokes the function again.
    """
    outcome: Outcome = {"Status": "SUCCESS"}
    try:
        with _time_limit(context.get_remaining_time_in_millis() / 1000 - _SECONDS_TO_RESPOND):
            outcome["Data"] = {} if event["RequestType"] == "Delete" else dict(_with_retries(work))
    except TimedOut:
        outcome = _failed("It takes longer than the function's timeout. Deploy again to continue from there.")
    except Exception as error:  # noqa: BLE001 - CloudFormation waits for a response to any error
        observability.log().exception("deployment failed")
        outcome = _failed(_explanation(error, public_errors))
    response = {
        **outcome,
        "PhysicalResourceId": event.get("PhysicalResourceId") or name,
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    _send(event["ResponseURL"], json.dumps(response).encode())
    observability.log().info("responded to CloudFormation", request_type=event["RequestType"], result=outcome)
    return outcome


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block after `seconds`, even while it waits for a server. Handlers run in the main thread."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise TimedOut

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _with_retries(work: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    for _ in range(_RETRIES):
        try:
            return work()
        except Unavailable as error:
            observability.log().warning("waiting to retry", reason=str(error), seconds=_RETRY_PAUSE_SECONDS)
            time.sleep(_RETRY_PAUSE_SECONDS)
    return work()


def _failed(reason: str) -> Outcome:
    return {"Status": "FAILED", "Reason": reason.encode()[:_REASON_BYTES].decode(errors="ignore")}


def _explanation(error: Exception, public_errors: tuple[type[Exception], ...]) -> str:
    # A database's error quotes rows and statements, so the response has only its number.
    number = error.args[0] if error.args and isinstance(error.args[0], int) else ""
    summary = str(error) if isinstance(error, public_errors) else f"{type(error).__name__} {number}".strip()
    return " ".join([summary, *getattr(error, "__notes__", ()), "(See the function's log.)"])


def _send(url: str, body: bytes) -> None:
    reason = ""
    for pause in _PAUSES_BEFORE_SENDING:
        time.sleep(pause)
        try:
            status = _put(url, body)
        except (OSError, http.client.HTTPException) as error:
            reason = type(error).__name__
            continue
        if status < http.HTTPStatus.MULTIPLE_CHOICES:
            return
        reason = f"status {status}"
    # Never log the URL: anybody who has it can respond in the function's place.
    raise Unavailable("CloudFormation", reason)


def _put(url: str, body: bytes) -> int:
    target = urlsplit(url)
    connect = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = connect(target.netloc, timeout=_SEND_TIMEOUT_SECONDS)
    try:
        # No Content-Type: the URL is signed for a request without one.
        connection.request("PUT", f"{target.path}?{target.query}", body)
        return connection.getresponse().status
    finally:
        connection.close()
