"""The program of the AWS stand-in: moto's server, without a line in the log for each of a thousand polls a minute.

moto replays all events to all rules, whatever period and rules are requested; this process replays as EventBridge does.

`GET /moto-api/mails.json` lists the mails that SES took. moto's `data.json` does not work: it evaluates every property
of every object, and one property fails for a part of an upload, which is in no bucket.

With `--closed` it answers 503 to all clients but the stack until `POST /moto-api/open`, because an event on a bus
without rules would be accepted and lost.
"""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto import server
from moto.core.utils import unix_time
from moto.events.models import Archive, Replay, ReplayState, events_backends
from moto.moto_api._internal.urls import url_paths
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.ses.models import ses_backends
from moto.sesv2.responses import SESV2Response

from tools.local.servers.aws_paths import MAILS, OPEN, READY, THE_STACK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


_MOTO_SEND_EMAIL = SESV2Response.send_email


class _Gate(DomainDispatcherApplication):
    """The server's application, which is closed until the stack opens it."""

    is_closed = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "HTTP_ORIGIN" in environ:  # moto would let a page of any site read mails and secrets
            start_response("403 Forbidden", [])
            return [b"Web pages may not call the AWS stand-in."]
        path = environ["PATH_INFO"]
        if path == OPEN:
            _Gate.is_closed = False
            start_response("204 No Content", [])
            return []
        if _Gate.is_closed and path != READY and THE_STACK not in environ.get("HTTP_USER_AGENT", ""):
            start_response("503 Service Unavailable", [("Retry-After", "1")])
            return [b"The queues and rules are being made."]
        answered: Iterable[bytes] = super().__call__(environ, start_response)
        return answered


def _mails(_request: Any, _url: str, _headers: Any) -> tuple[int, dict[str, str], str]:
    backends = [backend for account in ses_backends.values() for backend in account.values()]
    mails = [vars(mail) for backend in backends for mail in list(backend.sent_messages)]
    return 200, {"Content-Type": "application/json"}, json.dumps(mails)


def _send_email(response: SESV2Response) -> str:
    """As moto does, but keeps the text beside the HTML, and the time."""
    answer = _MOTO_SEND_EMAIL(response)
    sent = json.loads(answer)["MessageId"]
    body = json.loads(response.body)["Content"]["Simple"]["Body"]
    [message] = [each for each in response.sesv2_backend.core_backend.sent_messages if each.id == sent]
    message.text = body.get("Text", {}).get("Data", "")
    message.at = datetime.now(UTC).isoformat(timespec="seconds")
    return answer


def _replay_events(replay: Replay, archive: Archive) -> None:
    bus = events_backends[replay.account_id][replay.region].describe_event_bus(replay.destination["Arn"].split("/")[-1])
    asked = replay.destination.get("FilterArns")
    rules = [rule for rule in bus.rules.values() if not asked or rule.arn in asked]
    for event in list(archive.events):
        if float(replay.event_start_time) <= float(event["time"]) < float(replay.event_end_time):
            for rule in rules:
                rule.send_to_targets({**event, "replay-name": replay.name}, transform_input=False)
    replay.state = ReplayState.COMPLETED
    replay.end_time = unix_time()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    Replay.replay_events = _replay_events  # type: ignore[assignment]
    SESV2Response.send_email = _send_email  # type: ignore[assignment, method-assign]
    url_paths["{0}" + MAILS] = _mails  # type: ignore[assignment]
    server.DomainDispatcherApplication = _Gate  # type: ignore[attr-defined]
    _Gate.is_closed = "--closed" in arguments
    server.main([argument for argument in arguments if argument != "--closed"])
