"""The dashboard's rows about the shop: first availability and sales, then details. Those of servers: server_rows.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.documents.consumers import consumers
from tools.documents.dashboard.api_rows import by_domain, endpoints, requests
from tools.documents.dashboard.widgets import Row, Widget, alarm_states, graph, ours, query, threshold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.documents.dashboard.api_rows import Route
    from tools.documents.dashboard.widgets import Metric

_RUNBOOKS = "docs/runbooks/README.md"
_SCHEDULES = (
    "RelayOutbox",
    "ExpireUnpaid",
    "ResolvePayments",
    "MeasureActiveUsers",
    "PurgeExpired",
    "EraseAccounts",
    "WriteDataExports",
    "RefreshListings",
    "Reconcile",
)


def rows(routes: Sequence[Route], alarms: Mapping[str, float]) -> list[Row]:
    """Returns all rows except those of servers. `alarms` are the thresholds of unconditional alarms."""
    return [
        Row("", [_introduction(), alarm_states(*alarms, width=24, height=5)]),
        Row("Availability and sales", _business(alarms)),
        Row("Requests", requests(alarms)),
        *(Row(f"Endpoints: {name}", endpoints(some)) for name, some in by_domain(routes).items()),
        Row("Money", _money(alarms)),
        Row("Personal data", _personal_data(alarms)),
        Row("Events", _events(alarms)),
        Row("Schedules and Lambda", _lambda()),
    ]


def _introduction() -> Widget:
    text = (
        "# microshop ${Stage}\n"
        f"Every alarm has a runbook: `{_RUNBOOKS}`, and `docs/runbooks/<alarm>.md`. Saved queries are in Logs Insights"
        " under `microshop/${Stage}`. Metrics per endpoint come from API Gateway; the shop's own are"
        " ${EndpointMetrics}."
    )
    return Widget({"type": "text", "properties": {"markdown": text}}, 24, 3)


def _business(alarms: Mapping[str, float]) -> list[Widget]:
    return [
        graph(
            "Health from outside",
            [ours("health_probe_up", label="up")],
            stat="Minimum",
            period=60,
            **threshold(alarms["ServiceDown"], "ServiceDown below"),
        ),
        graph("Active users within 15 minutes", [ours("active_users", label="users")], stat="Maximum", period=60),
        graph(
            "Orders by new status",
            [query("SUM", "orders_processed_total", "service status", "status", period=3600)],
            unit="per hour",
            stacked=True,
        ),
        graph(
            "Revenue",
            [query("SUM", "order_revenue", "service currency", "currency", period=3600)],
            unit="per hour",
        ),
        graph(
            "Units",
            [
                ours("units_sold", label="sold"),
                ours("units_returned", label="returned"),
                ours("units_written_off", label="written off"),
            ],
            period=3600,
            unit="per hour",
        ),
        graph(
            "Low stock: units left",
            [ours("product_stock_level", label="units")],
            stat="Minimum",
            **threshold(alarms["LowProductStock"], "LowProductStock below"),
        ),
        graph(
            "Read-only switch and refused changes",
            [ours("read_only", label="on"), ours("changes_refused_total", label="refused", stat="Sum", yAxis="right")],
            stat="Maximum",
            period=60,
            **threshold(alarms["ReadOnlyTooLong"], "ReadOnlyTooLong"),
        ),
        graph("Time of the health check", [ours("health_probe_seconds", label="seconds")], stat="Maximum", period=60),
    ]


def _money(alarms: Mapping[str, float]) -> list[Widget]:
    money = [
        query("SUM", name, "service currency", "currency", period=3600)
        for name in ("refunded_revenue", "cancelled_revenue", "returned_revenue")
    ]
    return [
        graph(
            "Payments",
            [ours("payments_failed_total", label="failed"), ours("orders_expired_total", label="orders expired")],
            period=3600,
            unit="per hour",
        ),
        graph(
            "Payments to review",
            [query("SUM", "payments_to_review_total", "service reason", "reason")],
        ),
        graph("Refunded, cancelled and returned revenue", money, unit="per hour"),
        graph(
            "Age of the oldest requested refund",
            [ours("refunds_oldest_seconds", label="seconds")],
            stat="Maximum",
            period=60,
            unit="s",
            **threshold(alarms["RefundsDelayed"], "RefundsDelayed"),
        ),
        graph(
            "Disagreements in the books",
            [ours("reconciliation_disagreements", label="disagreements")],
            stat="Maximum",
            period=3600,
            **threshold(1, "ReconciliationDisagreements"),
        ),
        graph(
            "Days since every row was compared",
            [ours("reconciliation_coverage_days", label="days")],
            stat="Maximum",
            period=3600,
            **threshold(alarms["ReconciliationBehind"], "ReconciliationBehind"),
        ),
    ]


def _personal_data(alarms: Mapping[str, float]) -> list[Widget]:
    return [
        graph(
            "Age of the oldest requested data export",
            [ours("data_exports_oldest_seconds", label="seconds")],
            stat="Maximum",
            period=60,
            unit="s",
            **threshold(alarms["DataExportsDelayed"], "DataExportsDelayed"),
        ),
        graph("Data exports that failed", [ours("data_exports_failed_total", label="exports")]),
    ]


def _queue(metric: str, suffix: str) -> list[Metric]:
    return [
        ["AWS/SQS", metric, "QueueName", f"${{{row.name}{suffix}Name}}", {"label": row.name}] for row in consumers()
    ]


def _events(alarms: Mapping[str, float]) -> list[Widget]:
    waiting = [ours("outbox_waiting", label="waiting"), ours("outbox_stuck", label="stuck")]
    return [
        graph(
            "Age of the oldest event in the outbox",
            [ours("outbox_oldest_seconds", label="seconds")],
            stat="Maximum",
            period=60,
            unit="s",
            **threshold(alarms["OutboxDelayed"], "OutboxDelayed"),
        ),
        graph("Events in the outbox, counted up to 10,000", waiting, stat="Maximum", period=60),
        graph("Events published", [ours("events_published_total", label="events")], unit="in 5 minutes"),
        graph(
            "Age of the oldest event in each queue",
            _queue("ApproximateAgeOfOldestMessage", "Queue"),
            stat="Maximum",
            period=60,
            unit="s",
            **threshold(alarms["EventsDelayed"], "EventsDelayed"),
        ),
        graph(
            "Dead letters",
            _queue("ApproximateNumberOfMessagesVisible", "DeadLetterQueue"),
            stat="Maximum",
            **threshold(1, "…DeadLetters"),
        ),
        graph("System errors, by type", [query("SUM", "system_errors_total", "service type", "type")]),
        graph(
            "Failed events, by consumer",
            [query("SUM", "system_errors_total", "service type consumer", "consumer", id="q_consumers")],
        ),
    ]


def _lambda() -> list[Widget]:
    failed: list[Metric] = [
        ["AWS/Lambda", "Errors", "FunctionName", f"${{{name}FunctionName}}", {"label": name}] for name in _SCHEDULES
    ]
    runs: list[Metric] = [
        ["AWS/Lambda", "Invocations", "FunctionName", f"${{{name}FunctionName}}", {"label": name}]
        for name in _SCHEDULES
    ]
    account: list[Metric] = [
        ["AWS/Lambda", "ConcurrentExecutions", {"stat": "Maximum", "label": "running"}],
        ["AWS/Lambda", "ClaimedAccountConcurrency", {"stat": "Maximum", "label": "running or reserved"}],
    ]
    throttles: list[Metric] = [["AWS/Lambda", "Throttles", {"label": "refused"}]]
    return [
        graph("Runs", runs, unit="in 5 minutes"),
        graph("Failed runs", failed, unit="in 5 minutes"),
        graph("Concurrency of the whole account", account, period=60),
        graph("Throttled invocations, whole account", throttles, period=60, **threshold(1, "LambdaThrottles")),
    ]
