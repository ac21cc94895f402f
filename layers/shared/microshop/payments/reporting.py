"""Reports outcomes of payments to operators: logs all of them and counts those that need review."""

from microshop.errors import ShopError
from microshop.payments.outcomes import Outcome
from microshop.platform import observability


def report(outcome: Outcome, **about: object) -> None:
    """Log an outcome, and count it as payments_to_review_total if it needs review."""
    if not outcome.needs_review:
        observability.log().info("payment settled", outcome=outcome, **about)
        return
    observability.log().warning("a payment needs review", outcome=outcome, **about)
    observability.count("payments_to_review_total", reason=outcome)


def report_failure(error: Exception, **about: object) -> None:
    """Log and count an error of a payment, which is retried later. Call it in the `except` block of `error`."""
    if isinstance(error, ShopError):
        observability.log().error("a payment could not be settled", reason=str(error), **about)
    else:
        observability.log().exception("a payment could not be settled", **about)
    observability.count("system_errors_total", type="payments")
