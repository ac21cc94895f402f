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
# A row for each of the first words of a path below /api/v1.
_DOMAINS = {"Users": ("users",), "Catalogue": ("products",), "Orders": ("orders",), "The rest": ()}


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
    """A row's name → its routes; what belongs to none is in the last."""
    found: dict[str, list[Route]] = {name: [] for name in _DOMAINS}
    for route in routes:
        word = route[1].split("/")[3]
        found[next((name for name, words in _DOMAINS.items() if word in words), "The rest")].append(route)
    return found


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
