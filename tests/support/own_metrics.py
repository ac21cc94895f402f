"""Metrics that functions emit, and their dimensions beside `service`.

tests/unit/functions/test_own_metrics.py compares them with what functions print.
"""

OWN_METRICS: dict[str, tuple[frozenset[str], ...]] = {
    "http_requests_total": (frozenset({"status"}), frozenset({"method", "endpoint", "status"})),
    "http_request_duration_seconds": (frozenset({"status"}), frozenset({"method", "endpoint", "status"})),
    "changes_refused_total": (frozenset(),),
    "requests_refused_total": (frozenset({"limit"}),),
    "system_errors_total": (frozenset({"type"}), frozenset({"type", "consumer"})),
    "active_users": (frozenset(),),
    "read_only": (frozenset(),),
    "orders_processed_total": (frozenset({"status"}),),
    "payments_failed_total": (frozenset(),),
    "order_revenue": (frozenset({"currency"}),),
    "cancelled_revenue": (frozenset({"currency"}),),
    "refunded_revenue": (frozenset({"currency"}),),
    "returned_revenue": (frozenset({"currency"}),),
    "units_sold": (frozenset(),),
    "units_returned": (frozenset(),),
    "units_written_off": (frozenset(),),
    "product_stock_level": (frozenset(),),
    "outbox_waiting": (frozenset(),),
    "outbox_oldest_seconds": (frozenset(),),
    "refunds_oldest_seconds": (frozenset(),),
    "data_exports_oldest_seconds": (frozenset(),),
    "data_exports_failed_total": (frozenset(),),
    "outbox_stuck": (frozenset(),),
    "events_published_total": (frozenset(),),
    "orders_expired_total": (frozenset(),),
    "payments_to_review_total": (frozenset({"reason"}),),
    "reconciliation_disagreements": (frozenset(),),
    "reconciliation_coverage_days": (frozenset(),),
    "health_probe_up": (frozenset(),),
    "health_probe_seconds": (frozenset(),),
}
