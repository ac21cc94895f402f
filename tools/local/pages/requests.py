"""/_local/requests: the latest requests to the API, with their log, errors and events."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.routing import BaseRoute, Route

from tools.local.pages.events import deliveries_table, delivery_fields
from tools.local.pages.log import errors_in, log
from tools.local.pages.rendering import (
    date_and_time,
    html_response,
    identifier,
    json_response,
    key_value_table,
    link,
    table,
    time_of_day,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from tools.local.recent.activity import Activity
    from tools.local.recent.records import RequestRecord

_ADDRESS = "/_local/requests"
_STATUSES = ("2xx", "3xx", "4xx", "5xx")
_NOT_FOUND = (
    "The stack has no request with this id. It keeps the latest 500 requests until it stops. "
    "Search .microshop/logs/functions.log for the id: it may have older lines."
)
_MISSING = (
    "Events appear when a consumer has received them, after about a second. Events without a consumer do not appear."
)


@dataclass(frozen=True)
class RequestPages:
    """The pages of requests."""

    activity: Activity

    def routes(self) -> list[BaseRoute]:
        """Returns the routes below /_local."""
        return [Route("/requests", self._shown), Route("/requests.json", self._as_json)]

    def _shown(self, request: Request) -> Response:
        wanted = request.query_params.get("id")
        if wanted is None:
            return html_response("Requests", self._list(request.query_params))
        found = self.activity.request(wanted)
        if found is None:
            return html_response("No such request", f"<p>{_NOT_FOUND}</p>", status=404)
        return html_response(f"{found.method} {found.target}", self._detail(found))

    def _as_json(self, request: Request) -> Response:
        wanted = request.query_params.get("id")
        if wanted is None:
            return json_response([asdict(seen) for seen in self._matching(request.query_params)])
        found = self.activity.request(wanted)
        if found is None:
            return json_response({"problem": _NOT_FOUND}, status=404)
        lines = [asdict(line) for line in self.activity.log_of(found)]
        events = [delivery_fields(delivery) for delivery in self.activity.deliveries_for(found)]
        return json_response({**asdict(found), "log": lines, "events": events})

    def _matching(self, query: Mapping[str, str]) -> list[RequestRecord]:
        return [seen for seen in self.activity.requests.newest_first() if _matches(seen, query)]

    def _list(self, query: Mapping[str, str]) -> str:
        links = " ".join([link(_ADDRESS, "all"), *(link(f"{_ADDRESS}?status={each}", each) for each in _STATUSES)])
        filters = f"<p>Show {links}, or {link(f'{_ADDRESS}.json?{urlencode(query)}', 'these as JSON')}.</p>"
        rows = [
            (
                time_of_day(seen.at),
                _status(seen),
                f'<span class="wrapped">{link(f"{_ADDRESS}?id={seen.id}", f"{seen.method} {seen.target}")}</span>',
                f"{seen.duration_ms:.0f}",
                _function(seen),
            )
            for seen in self._matching(query)
        ]
        found = table(("Time", "Status", "Request", "ms", "Function"), rows) if rows else "<p>There is none.</p>"
        return f"{filters}\n{found}"

    def _detail(self, seen: RequestRecord) -> str:
        lines = self.activity.log_of(seen)
        errors = errors_in(lines) if seen.status >= 500 else []
        deliveries = self.activity.deliveries_for(seen)
        known = [
            ("Time", date_and_time(seen.at)),
            ("Status", _status(seen)),
            ("Gateway", seen.refusal and f"responded itself: <code>{html.escape(seen.refusal)}</code>"),
            ("Duration", f"{seen.duration_ms:.1f} ms"),
            ("Function", _function(seen)),
            ("Request id", identifier(seen.id)),
            ("Trace id", identifier(seen.trace)),
        ]
        parts = [
            key_value_table([(name, cell) for name, cell in known if cell]),
            f"<h2>Why</h2>\n{log(errors)}" if errors else "",
            f"<h2>Log</h2>\n{log(lines, tracebacks=not errors)}",
            f"<h2>Events</h2>\n{deliveries_table(deliveries)}\n<p>{_MISSING}</p>",
        ]
        return "\n".join(filter(None, parts))


def _matches(seen: RequestRecord, query: Mapping[str, str]) -> bool:
    status = query.get("status", "").lower()
    return (
        status in {"", str(seen.status), f"{seen.status // 100}xx"}
        and query.get("function") in {None, seen.function}
        and query.get("method", seen.method).upper() == seen.method
        and query.get("path", "") in seen.target
    )


def _function(seen: RequestRecord) -> str:
    return link(f"{_ADDRESS}?function={seen.function}", seen.function) if seen.function else ""


def _status(seen: RequestRecord) -> str:
    return f"<strong>{seen.status}</strong>" if seen.status >= 500 else str(seen.status)
