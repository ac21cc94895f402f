"""Compares all payments, refunds and disputes of a provider with the ledger."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentRefused
from microshop.reconciliation.check import BEGINNING
from microshop.reconciliation.comparison import (
    Difference,
    RecordedRefund,
    compare_dispute,
    compare_payment,
    compare_refund,
)
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from microshop.payments.providers.port import Intent, PaymentProvider, ProviderDispute, ProviderRefund
    from microshop.reconciliation.check import Window
    from microshop.reconciliation.queries import Books

_BATCH_SIZE = 500
# Newer payments are not compared, because a webhook or the shop's own next statement may still be in flight.
_SETTLING_TIME = timedelta(minutes=5)
# The time from the opening to the decision, with an appeal. A dispute that is older than the window may end within it.
_DISPUTE_DURATION = timedelta(days=180)


class TimeIsOver(Exception):
    """The run had no time left to compare all of the provider's payments."""

    def __init__(self) -> None:
        super().__init__("the run had no time left: compare fewer days")


class ProviderDifference(Value):
    """A difference, with the provider's payment, refund or dispute if there is one."""

    provider: str
    difference: Difference
    intent: Intent | None = None
    refund: ProviderRefund | None = None
    dispute: ProviderDispute | None = None


class _Suspect(Value):
    """A refund that differed in the first comparison; a side is None if it has no such refund."""

    reported: ProviderRefund | None
    recorded: RecordedRefund | None


class _Suspects:
    """The payments (by reference), refunds and disputes that differed in the first comparison."""

    def __init__(self) -> None:
        self.payments: list[str] = []
        self.refunds: list[_Suspect] = []
        self.disputes: list[ProviderDispute] = []


class ProviderCheck:
    """Compares one provider with the ledger.

    It compares differences again after `wait`, because a webhook may be in flight, and because customers pay while it
    reads the provider's lists page by page.
    """

    def __init__(
        self,
        name: str,
        provider: PaymentProvider,
        books: Books,
        wait: Callable[[], object],
        must_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._name = name
        self._provider = provider
        self._ledger = books.ledger_of(name)
        self._wait = wait
        self._must_stop = must_stop
        self._foreign: set[str] = set()

    @property
    def foreign(self) -> int:
        """The number of payments, refunds and disputes on the account that belong to others."""
        return len(self._foreign)

    def differences(self, window: Window) -> list[ProviderDifference]:
        """Returns all differences in payments, refunds and disputes that began within the window.

        The last five minutes of the window are not compared.

        Raises:
            PaymentOutcomeUnknown, Unavailable, PaymentRefused: the provider gives no usable answer.
            TimeIsOver: the run must stop.
        """
        suspects = _Suspects()
        self._compare_payments(window, suspects)
        self._compare_refunds(window, suspects)
        self._compare_disputes(window, suspects)
        if not suspects.payments and not suspects.refunds and not suspects.disputes:
            return []
        self._wait()
        payments = (self._recheck_payment(reference) for reference in self._in_time(suspects.payments))
        refunds = (self._recheck_refund(suspect) for suspect in self._in_time(suspects.refunds))
        disputes = (self._recheck_dispute(dispute) for dispute in self._in_time(suspects.disputes))
        return [difference for difference in (*payments, *refunds, *disputes) if difference]

    def _compare_payments(self, window: Window, suspects: _Suspects) -> None:
        until = window.now - _SETTLING_TIME
        agreeing: set[int] = set()
        for batch in self._in_batches(self._provider.intents(window.since, until)):
            recorded_payments = self._ledger.payments_of(batch)
            for reported in batch:
                recorded = recorded_payments.get(reported.reference)
                if recorded is None and reported.foreign:
                    self._foreign.add(reported.reference)
                elif compare_payment(reported, recorded):
                    suspects.payments.append(reported.reference)
                elif recorded is not None:
                    agreeing.add(recorded.id)
        known = set(suspects.payments)
        for payment in self._ledger.holding_money(window.since, until):
            if payment.id not in agreeing and payment.reference is not None and payment.reference not in known:
                suspects.payments.append(payment.reference)

    def _compare_refunds(self, window: Window, suspects: _Suspects) -> None:
        until = window.now - _SETTLING_TIME
        compared: set[int] = set()
        for batch in self._in_batches(self._provider.refunds(window.since, until)):
            recorded_refunds = self._ledger.refunds_of(batch)
            for reported in batch:
                recorded = recorded_refunds.get(reported.reference)
                if recorded is None and self._is_foreign(reported):
                    self._foreign.add(reported.reference)
                elif compare_refund(reported, recorded):
                    suspects.refunds.append(_Suspect(reported, recorded))
                if recorded is not None:
                    compared.add(recorded.id)
        for refund in self._ledger.succeeded_refunds(window.since, until):
            if refund.id not in compared:
                suspects.refunds.append(_Suspect(None, refund))

    def _compare_disputes(self, window: Window, suspects: _Suspects) -> None:
        since = max(BEGINNING, window.since - _DISPUTE_DURATION) if window.since > BEGINNING else BEGINNING
        disputes = self._provider.disputes(since, window.now - _SETTLING_TIME)
        for batch in self._in_batches(disputes):
            recorded = self._ledger.disputes_of(batch)
            for reported in batch:
                if compare_dispute(reported, recorded.get(reported.reference)) is None:
                    continue
                if reported.intent_reference and self._ledger.payment(reported.intent_reference):
                    suspects.disputes.append(reported)
                else:
                    self._foreign.add(reported.reference)

    def _in_batches[Each](self, some: Iterable[Each]) -> Iterator[tuple[Each, ...]]:
        return self._in_time(itertools.batched(some, _BATCH_SIZE, strict=False))

    def _in_time[Each](self, some: Iterable[Each]) -> Iterator[Each]:
        for each in some:
            if self._must_stop():
                raise TimeIsOver
            yield each

    def _recheck_dispute(self, reported: ProviderDispute) -> ProviderDifference | None:
        recorded = self._ledger.disputes_of([reported]).get(reported.reference)
        difference = compare_dispute(reported, recorded)
        return ProviderDifference(self._name, difference, dispute=reported) if difference else None

    def _recheck_payment(self, reference: str) -> ProviderDifference | None:
        reported = self._find_intent(reference)
        recorded = self._ledger.payments_of([reported]).get(reference) if reported else self._ledger.payment(reference)
        difference = compare_payment(reported, recorded)
        return ProviderDifference(self._name, difference, intent=reported) if difference else None

    def _recheck_refund(self, suspect: _Suspect) -> ProviderDifference | None:
        before = suspect.reported or suspect.recorded
        assert before is not None  # noqa: S101 - a suspect has at least one side
        refunds = self._find_refunds(before.intent_reference)
        reported = next((refund for refund in refunds if refund.reference == before.reference), suspect.reported)
        recorded = next(iter(self._ledger.refunds_of([reported]).values()), None) if reported else suspect.recorded
        if recorded is None and reported is not None and self._has_foreign_payment(reported):
            self._foreign.add(reported.reference)
            return None
        difference = compare_refund(reported, recorded)
        return ProviderDifference(self._name, difference, refund=reported) if difference else None

    def _is_foreign(self, refund: ProviderRefund) -> bool:
        return refund.foreign or refund.intent_reference is None or refund.intent_reference in self._foreign

    def _has_foreign_payment(self, refund: ProviderRefund) -> bool:
        """Whether the refund belongs to a foreign payment, which may be from before the window."""
        intent = self._find_intent(refund.intent_reference) if refund.intent_reference else None
        return intent is not None and intent.foreign and self._ledger.payment(intent.reference) is None

    def _find_intent(self, reference: str) -> Intent | None:
        try:
            return self._provider.find(reference)
        except PaymentRefused:
            return None

    def _find_refunds(self, intent_reference: str | None) -> Iterator[ProviderRefund]:
        if intent_reference is None:
            return
        try:
            yield from self._provider.refunds_of(intent_reference)
        except PaymentRefused:
            return
