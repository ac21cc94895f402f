"""/_local/requests: the latest requests to the API, why one failed, and what it caused."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.routing import BaseRoute, Route

from tools.local.pages.answers import as_json, date_and_time, facts, identifier, link, page, table, time_of_day
from tools.local.pages.events import deliveries_table, delivery_fields
from tools.local.pages.log import errors_in, log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from tools.local.recent.activity import Activity
    from tools.local.recent.records import SeenRequest

_ADDRESS = "/_local/requests"
_STATUSES = ("2xx", "3xx", "4xx", "5xx")
_NOT_THERE = (
    "The stack has no request with this id. It keeps the latest 500 until it stops. "
    ".microshop/logs/functions.log may still have its lines: search it for the id."
)
_MISSING = "An event is listed once a consumer has received it, about a second later. Without a consumer, it is not."


@dataclass(frozen=True)
class RequestPages:
    """The pages about requests."""

    activity: Activity

    def routes(self) -> list[BaseRoute]:
        """Below /_local."""
        return [Route("/requests", self._shown), Route("/requests.json", self._as_json)]

    def _shown(self, request: Request) -> Response:
        asked = request.query_params.get("id")
        if asked is None:
            return page("Requests", self._list(request.query_params))
        found = self.activity.request(asked)
        if found is None:
            return page("No such request", f"<p>{_NOT_THERE}</p>", status=404)
        return page(f"{found.method} {found.target}", self._detail(found))

    def _as_json(self, request: Request) -> Response:
        asked = request.query_params.get("id")
        if asked is None:
            return as_json([asdict(seen) for seen in self._matching(request.query_params)])
        found = self.activity.request(asked)
        if found is None:
            return as_json({"problem": _NOT_THERE}, status=404)
        lines = [asdict(line) for line in self.activity.log_of(found)]
        events = [delivery_fields(delivery) for delivery in self.activity.deliveries_for(found)]
        return as_json({**asdict(found), "log": lines, "events": events})

    def _matching(self, query: Mapping[str, str]) -> list[SeenRequest]:
        return [seen for seen in self.activity.requests.newest_first() if _matches(seen, query)]

    def _list(self, query: Mapping[str, str]) -> str:
        links = " ".join([link(_ADDRESS, "all"), *(link(f"{_ADDRESS}?status={each}", each) for each in _STATUSES)])
        also = f"<p>Show {links}, or {link(f'{_ADDRESS}.json?{urlencode(query)}', 'these as JSON')}.</p>"
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
        return f"{also}\n{found}"

    def _detail(self, seen: SeenRequest) -> str:
        lines = self.activity.log_of(seen)
        errors = errors_in(lines) if seen.status >= 500 else []
        deliveries = self.activity.deliveries_for(seen)
        known = [
            ("Time", date_and_time(seen.at)),
            ("Status", _status(seen)),
            ("Gateway", seen.refusal and f"answered by itself: <code>{html.escape(seen.refusal)}</code>"),
            ("Duration", f"{seen.duration_ms:.1f} ms"),
            ("Function", _function(seen)),
            ("Request id", identifier(seen.id)),
            ("Trace id", identifier(seen.trace)),
        ]
        parts = [
            facts([(name, cell) for name, cell in known if cell]),
            f"<h2>Why</h2>\n{log(errors)}" if errors else "",
            f"<h2>Log</h2>\n{log(lines, tracebacks=not errors)}",
            f"<h2>Events</h2>\n{deliveries_table(deliveries)}\n<p>{_MISSING}</p>",
        ]
        return "\n".join(filter(None, parts))


def _matches(seen: SeenRequest, query: Mapping[str, str]) -> bool:
    status = query.get("status", "").lower()
    return (
        status in {"", str(seen.status), f"{seen.status // 100}xx"}
        and query.get("function") in {None, seen.function}
        and query.get("method", seen.method).upper() == seen.method
        and query.get("path", "") in seen.target
    )


def _function(seen: SeenRequest) -> str:
    return link(f"{_ADDRESS}?function={seen.function}", seen.function) if seen.function else ""


def _status(seen: SeenRequest) -> str:
    return f"<strong>{seen.status}</strong>" if seen.status >= 500 else str(seen.status)
