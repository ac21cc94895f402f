"""/_local/events: the latest deliveries of events to consumers, with their result and cause."""

from __future__ import annotations

import html
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.routing import BaseRoute, Route

from tools.local.pages.log import log
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
from tools.local.recent.records import DeliveryResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from tools.local.recent.activity import Activity
    from tools.local.recent.records import Delivery

_ADDRESS = "/_local/events"
_NOT_FOUND = "No consumer has received an event with this id. The stack keeps the latest 500 deliveries until it stops."
_NEXT = {
    DeliveryResult.RETRIED: "The queue redelivers a failed event after its visibility timeout.",
    DeliveryResult.DEAD_LETTERED: "<code>make dead-letters</code> lists the events in the dead-letter queues.",
}


@dataclass(frozen=True)
class EventPages:
    """The pages of events."""

    activity: Activity

    def routes(self) -> list[BaseRoute]:
        """Returns the routes below /_local."""
        return [Route("/events", self._shown), Route("/events.json", self._as_json)]

    def _shown(self, request: Request) -> Response:
        wanted = request.query_params.get("id")
        if wanted is None:
            return html_response("Events", self._list(request.query_params))
        found = self.activity.deliveries_of(wanted)
        if not found:
            return html_response("No such event", f"<p>{_NOT_FOUND}</p>", status=404)
        return html_response(_name(found[0]), self._detail(found))

    def _as_json(self, request: Request) -> Response:
        wanted = request.query_params.get("id")
        if wanted is None:
            return json_response([delivery_fields(delivery) for delivery in self._matching(request.query_params)])
        found = self.activity.deliveries_of(wanted)
        if not found:
            return json_response({"problem": _NOT_FOUND}, status=404)
        cause = self.activity.cause_of(found[0])
        deliveries = [
            {**delivery_fields(each), "log": [asdict(line) for line in self.activity.log_of_delivery(each)]}
            for each in found
        ]
        return json_response(
            {"request_id": cause.id if cause else None, "detail": _detail(found[0]), "deliveries": deliveries}
        )

    def _matching(self, query: Mapping[str, str]) -> list[Delivery]:
        return [each for each in self.activity.deliveries.newest_first() if _matches(each, query)]

    def _list(self, query: Mapping[str, str]) -> str:
        links = " ".join([link(_ADDRESS, "all"), *(link(f"{_ADDRESS}?result={each}", each) for each in DeliveryResult)])
        filters = f"<p>Show {links}, or {link(f'{_ADDRESS}.json?{urlencode(query)}', 'these as JSON')}.</p>"
        return f"{filters}\n{deliveries_table(self._matching(query))}"

    def _detail(self, found: Sequence[Delivery]) -> str:
        first = found[0]
        known = [
            ("Event id", identifier(first.event_id)),
            (
                "Happened",
                date_and_time(first.happened_at)
                if first.happened_at
                else "unknown, because it is not an event of the shop",
            ),
            ("Caused by", self._cause(first)),
        ]
        lines = sorted(
            (line for each in found for line in self.activity.log_of_delivery(each)), key=lambda line: line.at
        )
        detail = json.dumps(_detail(first), indent=2, ensure_ascii=False)
        return "\n".join(
            [
                key_value_table(known),
                f"<h2>Deliveries</h2>\n{deliveries_table(found)}",
                *(f"<p>{_NEXT[result]}</p>" for result in _NEXT if result in {each.result for each in found}),
                f"<h2>Log</h2>\n{log(lines)}",
                f"<h2>Detail</h2>\n<pre><code>{html.escape(detail)}</code></pre>",
            ]
        )

    def _cause(self, delivery: Delivery) -> str:
        if request := self.activity.cause_of(delivery):
            return link(f"/_local/requests?id={request.id}", f"{request.method} {request.target}")
        if invocation := self.activity.invocation_of(delivery):
            return f"{html.escape(invocation.function)}, without a request in the list"
        return "unknown"


def deliveries_table(deliveries: Iterable[Delivery]) -> str:
    """Returns the deliveries as an HTML table with links to their events."""
    rows = [
        (
            time_of_day(each.at),
            each.result if each.result is DeliveryResult.HANDLED else f"<strong>{each.result}</strong>",
            link(f"{_ADDRESS}?{urlencode({'id': each.event_id})}", _name(each)),
            link(f"{_ADDRESS}?consumer={each.consumer}", each.consumer),
            str(each.attempt),
        )
        for each in deliveries
    ]
    return table(("Time", "Result", "Event", "Consumer", "Attempt"), rows) if rows else "<p>There is none.</p>"


def delivery_fields(delivery: Delivery) -> dict[str, Any]:
    """Returns the delivery for JSON, without the content of the event."""
    return {name: value for name, value in asdict(delivery).items() if name != "body"}


def _matches(delivery: Delivery, query: Mapping[str, str]) -> bool:
    return (
        query.get("result", delivery.result) == delivery.result
        and query.get("event_type", delivery.event_type) == delivery.event_type
        and query.get("consumer", delivery.consumer) == delivery.consumer
    )


def _name(delivery: Delivery) -> str:
    return delivery.event_type or "not an event of the shop"


def _detail(delivery: Delivery) -> object:
    """Returns the detail of an event, or the whole message if it is not an event."""
    try:
        body = json.loads(delivery.body)
    except ValueError:
        return delivery.body
    return body["detail"] if delivery.event_type else body
