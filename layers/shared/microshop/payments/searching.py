"""Finds attempts whose reference the shop does not know among all of a provider: one listing serves all of them.

Stripe's search is minutes behind, so its list is read. It is read forwards in time, a period after the other; each
attempt keeps how far that was, and the next search goes on from there.
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
# A period is read whole or again, so the first ones are short.
_FIRST_PERIOD = timedelta(minutes=10)
# A page of Stripe's lists.
_AT_ONCE = 100


def search(
    payments: Sequence[Payment], provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> Iterator[tuple[Payment, Intent | None] | None]:
    """Yields each attempt with what the provider has of it, as soon as it is found or known to be absent.

    Yields None after each page that had none of them, so that the caller may do something else.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer; what was found before has been yielded.
    """
    missing: dict[tuple[int, int] | None, Payment] = {(each.order_id, each.attempt): each for each in payments}
    now = datetime.now(UTC)
    since, period = min(map(_searched_until, payments), default=now), _FIRST_PERIOD
    while missing and since < now:
        until = min(since + period, now)
        for number, intent in enumerate(provider.intents(since, until), 1):
            if found := missing.pop(_number(intent), None):
                yield found, intent
            elif number % _AT_ONCE == 0:
                yield None
        behind = [payment for payment in missing.values() if _searched_until(payment) < until]
        uow.payments.set_searched(behind, min(until, now - _CLOCK_SKEW))
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
