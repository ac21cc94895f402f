"""The rows of the API: all requests together, and each endpoint by domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.documents.dashboard.widgets import Widget, graph, query, threshold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.documents.dashboard.widgets import Metric

type Route = tuple[str, str]

_PERCENTILES = ("p50", "p95", "p99")
_API = ["ApiName", "${ApiName}", "Stage", "${Stage}"]
# Paths that share the first word below /api/v1 share a row if there are this many, else they are in the last row.
_OWN_ROW = 4
_REST = "The rest"
_TITLES = {"products": "Catalogue"}


def requests(alarms: Mapping[str, float]) -> list[Widget]:
    """Latency, traffic and errors over all endpoints."""
    latency: list[Metric] = [
        ["AWS/ApiGateway", "Latency", *_API, {"stat": stat, "label": stat}] for stat in _PERCENTILES
    ]
    counts: list[Metric] = [
        ["AWS/ApiGateway", "Count", *_API, {"stat": "SampleCount", "label": "requests"}],
        ["AWS/ApiGateway", "4XXError", *_API, {"label": "refused (4xx)"}],
        ["AWS/ApiGateway", "5XXError", *_API, {"label": "failed (5xx)"}],
    ]
    rate: list[Metric] = [
        ["AWS/ApiGateway", "5XXError", *_API, {"stat": "Average", "id": "failed", "visible": False}],
        ["AWS/ApiGateway", "4XXError", *_API, {"stat": "Average", "id": "refused", "visible": False}],
        [{"expression": "100 * failed", "label": "failed (5xx)", "id": "failed_percent"}],
        [{"expression": "100 * refused", "label": "refused (4xx)", "id": "refused_percent"}],
    ]
    average = [query("AVG", "http_request_duration_seconds", "service status", "status")]
    return [
        graph("Latency at the edge, cold starts included", latency, unit="ms"),
        graph("Requests", counts, unit="in 5 minutes"),
        graph("Share of requests", rate, unit="%", **threshold(alarms["HighErrorRate"], "HighErrorRate")),
        graph(
            "Time in functions, by status",
            average,
            unit="s on average",
            **threshold(alarms["HighResponseTime"], "HighResponseTime"),
        ),
    ]


def by_domain(routes: Sequence[Route]) -> dict[str, list[Route]]:
    """Returns the routes of each row by the row's title."""
    words = [path.split("/")[3] for _, path in routes]
    titles = [_TITLES.get(word, word.capitalize()) if words.count(word) >= _OWN_ROW else _REST for word in words]
    rows: dict[str, list[Route]] = {title: [] for title in titles if title != _REST}
    rows[_REST] = []
    for title, route in zip(titles, routes, strict=True):
        rows[title].append(route)
    return rows


def endpoints(routes: Sequence[Route]) -> list[Widget]:
    """A graph of latencies, and a table of what was asked and what became of it over the whole time shown."""

    def metric(name: str, route: Route, **options: Any) -> Metric:
        method, path = route
        dimensions = ["ApiName", "${ApiName}", "Method", method, "Resource", path, "Stage", "${Stage}"]
        return ["AWS/ApiGateway", name, *dimensions, options]

    def label(route: Route) -> str:
        return f"{route[0]} {route[1].removeprefix('/api/v1')}"

    latencies = [
        metric("Latency", route, stat=stat, label=f"{label(route)} {stat}", visible=stat == "p95")
        for route in routes
        for stat in ("p50", "p95")
    ]
    counts = [
        metric(name, route, stat=stat, label=f"{label(route)} {what}")
        for route in routes
        for name, stat, what in (
            ("Count", "SampleCount", "asked"),
            ("4XXError", "Sum", "4xx"),
            ("5XXError", "Sum", "5xx"),
        )
    ]
    return [
        graph("Latency, p95 (p50 is there to be switched on)", latencies, width=12, unit="ms"),
        graph("Requests, refusals and failures", counts, width=12, view="table", setPeriodToTimeRange=True),
    ]
