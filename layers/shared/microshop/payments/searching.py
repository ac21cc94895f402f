"""Searches a provider's list for attempts whose reference the shop does not know. One search covers all of them.

Stripe's search lags by minutes, so the shop reads its list instead, forwards in time and period by period. Each attempt
records the time up to which it was searched, and the next search continues there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from microshop.payments.payment import Payment
    from microshop.payments.providers.port import Intent, PaymentProvider
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# The clocks of provider and database may differ.
_CLOCK_SKEW = timedelta(minutes=5)
# An interrupted search reads its period again from the beginning, so the first periods are short.
_FIRST_PERIOD = timedelta(minutes=10)
# The size of a page of Stripe's lists.
_PAGE = 100


def search(
    payments: Sequence[Payment], provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> Iterator[tuple[Payment, Intent | None] | None]:
    """Search for attempts. Yields each with its intent as soon as it is found, or with None if the list lacks it.

    Also yields None about once a page, so that the caller can do other work in between.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer. Attempts found earlier have been yielded.
    """
    missing: dict[tuple[int, int] | None, Payment] = {(each.order_id, each.attempt): each for each in payments}
    now = datetime.now(UTC)
    since, period = min(map(_searched_until, payments), default=now), _FIRST_PERIOD
    while missing and since < now:
        until = min(since + period, now)
        for number, intent in enumerate(provider.intents(since, until), 1):
            if found := missing.pop(_number(intent), None):
                yield found, intent
            elif number % _PAGE == 0:
                yield None
        searched = [payment for payment in missing.values() if _searched_until(payment) < until]
        uow.payments.set_searched(searched, min(until, now - _CLOCK_SKEW))
        since, period = until, period * 2
        yield None
    for payment in missing.values():
        yield payment, None


def _number(intent: Intent) -> tuple[int, int] | None:
    if intent.foreign or intent.order_id is None or intent.attempt is None:
        return None
    return intent.order_id, intent.attempt


def _searched_until(payment: Payment) -> datetime:
    return payment.searched_until or payment.created_at - _CLOCK_SKEW
