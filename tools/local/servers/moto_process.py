"""The program of the AWS stand-in: moto's server with these differences.

- It logs no requests, because the pollers send a thousand a minute.
- A replay publishes only the events of the requested period, and only to the requested rules. moto ignores both.
- It lists the mails that SES accepted.
- It refuses requests of web pages. moto would let a page of any site read mails and secrets.
- With `--closed` it responds 503 to all clients except the stack until `POST /moto-api/open`. Otherwise a bus without
  rules would accept an event and lose it.
"""

import logging
import sys
from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from moto import server
from moto.core.utils import unix_time
from moto.events.models import Archive, Replay, ReplayState, events_backends
from moto.moto_api._internal.urls import url_paths
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sesv2.responses import SESV2Response

from tools.local.servers import moto_mails
from tools.local.servers.aws_paths import MAILS, OPEN, READY, STACK_USER_AGENT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Application(DomainDispatcherApplication):
    """The application of the server. While it is closed, only the stack may use it."""

    is_closed = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if _is_from_a_web_page(environ):
            start_response("403 Forbidden", [])
            return [b"Web pages may not call the AWS stand-in."]
        path = environ["PATH_INFO"]
        if path == OPEN:
            _Application.is_closed = False
            start_response("204 No Content", [])
            return []
        if _Application.is_closed and path != READY and STACK_USER_AGENT not in environ.get("HTTP_USER_AGENT", ""):
            start_response("503 Service Unavailable", [("Retry-After", "1")])
            return [b"The AWS stand-in is restarting. Try again in a second."]
        response: Iterable[bytes] = super().__call__(environ, start_response)
        return response


def _is_from_a_web_page(environ: "WSGIEnvironment") -> bool:
    """Whether a page of another site sent the request. Its host name may resolve to this machine (DNS rebinding).

    Browsers send Sec-Fetch-Site with every request, but no Origin with images and links. Functions in containers use
    the IP address of a bridge as host.
    """
    try:
        host = urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or ""
        is_this_machine = host == "localhost" or bool(ip_address(host))
    except ValueError:
        is_this_machine = False
    is_from_another_site = "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE") == "cross-site"
    return is_from_another_site or not is_this_machine


def _replay_events(replay: Replay, archive: Archive) -> None:
    bus = events_backends[replay.account_id][replay.region].describe_event_bus(replay.destination["Arn"].split("/")[-1])
    rule_arns = replay.destination.get("FilterArns")
    rules = [rule for rule in bus.rules.values() if not rule_arns or rule.arn in rule_arns]
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
    SESV2Response.send_email = moto_mails.send_email  # type: ignore[assignment, method-assign]
    url_paths["{0}" + MAILS] = moto_mails.mails  # type: ignore[assignment]
    server.DomainDispatcherApplication = _Application  # type: ignore[attr-defined]
    _Application.is_closed = "--closed" in arguments
    server.main([argument for argument in arguments if argument != "--closed"])
