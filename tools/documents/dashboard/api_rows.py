"""The dashboard's rows of the API: all requests, and the endpoints by domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.documents.dashboard.widgets import Widget, graph, query, threshold
from tools.templates.model import BACK_OFFICE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.documents.dashboard.widgets import Metric

type Route = tuple[str, str]

_PERCENTILES = ("p50", "p95", "p99")
_API = ["ApiName", "${ApiName}", "Stage", "${Stage}"]
# Domains with at least so many endpoints have their own row; the others share the last one.
_MIN_ENDPOINTS = 4
_REST = "Other endpoints"
_TITLES = {"products": "Catalogue", "admin": "Back office"}


def requests(alarms: Mapping[str, float]) -> list[Widget]:
    """Returns the widgets of latency, traffic and errors over all endpoints."""
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
        graph("Latency of API Gateway, including cold starts", latency, unit="ms"),
        graph("Requests", counts, unit="in 5 minutes"),
        graph("Share of requests", rate, unit="%", **threshold(alarms["HighErrorRate"], "HighErrorRate")),
        graph(
            "Duration in functions, by status",
            average,
            unit="s on average",
            **threshold(alarms["HighResponseTime"], "HighResponseTime"),
        ),
        graph(
            "Requests beyond a limit of the caller",
            [query("SUM", "requests_refused_total", "service limit", "limit")],
            unit="in 5 minutes",
        ),
    ]


def by_domain(routes: Sequence[Route]) -> dict[str, list[Route]]:
    """Returns the routes of each row by the row's title."""
    words = [path.split("/")[3] for _, path in routes]
    titles = [_TITLES.get(word, word.capitalize()) if words.count(word) >= _MIN_ENDPOINTS else _REST for word in words]
    rows: dict[str, list[Route]] = {title: [] for title in titles if title != _REST}
    rows[_REST] = []
    for title, route in zip(titles, routes, strict=True):
        rows[title].append(route)
    return rows


def endpoints(routes: Sequence[Route]) -> list[Widget]:
    """Returns a graph of latencies, and a table of requests and errors over the displayed period."""

    def metric(name: str, route: Route, **options: Any) -> Metric:
        method, path = route
        api = "${BackOfficeApiName}" if path.startswith(BACK_OFFICE) else "${ApiName}"
        dimensions = ["ApiName", api, "Method", method, "Resource", path, "Stage", "${Stage}"]
        return ["AWS/ApiGateway", name, *dimensions, options]

    def label(route: Route) -> str:
        return f"{route[0]} {route[1].removeprefix('/api/v1')}"

    latencies = [
        metric("Latency", route, stat=stat, label=f"{label(route)} {stat}", visible=stat == "p95")
        for route in routes
        for stat in ("p50", "p95")
    ]
    counts = [
        metric(name, route, stat=stat, label=f"{label(route)} {column}")
        for route in routes
        for name, stat, column in (
            ("Count", "SampleCount", "requests"),
            ("4XXError", "Sum", "4xx"),
            ("5XXError", "Sum", "5xx"),
        )
    ]
    return [
        graph("Latency, p95 (p50 is hidden)", latencies, width=12, unit="ms"),
        graph("Requests and errors", counts, width=12, view="table", setPeriodToTimeRange=True),
    ]
