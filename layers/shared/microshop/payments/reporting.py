"""Tells operators of what a payment provider said that somebody should look at."""

from microshop.payments.facts import ALARMING
from microshop.platform import observability
from microshop.platform.observability import MetricUnit


def report(outcome: str, **about: object) -> None:
    """Log what a provider's word led to; what needs a person is counted as payments_to_review_total as well."""
    if outcome not in ALARMING:
        observability.log().info("payment settled", extra={"outcome": outcome, **about})
        return
    observability.log().warning("a payment needs somebody to look at it", extra={"outcome": outcome, **about})
    counter = observability.metrics(reason=outcome)
    counter.add_metric(name="payments_to_review_total", unit=MetricUnit.Count, value=1)
    counter.flush_metrics()


def report_failure(error: Exception, **about: object) -> None:
    """Log and count that a provider could not be asked; what it was about is tried again."""
    observability.log().error("the payment provider cannot be asked", extra={"reason": str(error), **about})
    counter = observability.metrics(type="payments")
    counter.add_metric(name="system_errors_total", unit=MetricUnit.Count, value=1)
    counter.flush_metrics()
