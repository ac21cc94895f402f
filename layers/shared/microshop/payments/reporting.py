"""Tells operators of what a payment provider said that somebody should look at."""

from microshop.errors import ShopError
from microshop.payments.facts import ALARMING
from microshop.platform import observability


def report(outcome: str, **about: object) -> None:
    """Log what a provider's word led to; what needs a person is counted as payments_to_review_total as well."""
    if outcome not in ALARMING:
        observability.log().info("payment settled", outcome=outcome, **about)
        return
    observability.log().warning("a payment needs somebody to look at it", outcome=outcome, **about)
    observability.count("payments_to_review_total", reason=outcome)


def report_failure(error: Exception, **about: object) -> None:
    """Log and count that something could not be settled; it is tried again. Call it where `error` is handled."""
    if isinstance(error, ShopError):
        observability.log().error("a payment could not be settled", reason=str(error), **about)
    else:
        observability.log().exception("a payment could not be settled", **about)
    observability.count("system_errors_total", type="payments")
