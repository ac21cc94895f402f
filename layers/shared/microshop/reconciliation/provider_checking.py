"""Compares all payments and refunds of a provider with the ledger."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentRefused
from microshop.reconciliation.check import EVER
from microshop.reconciliation.comparison import (
    BookedRefund,
    Difference,
    compare_dispute,
    compare_payment,
    compare_refund,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.payments.providers.port import Intent, PaymentProvider, ProviderDispute, ProviderRefund
    from microshop.reconciliation.check import Window
    from microshop.reconciliation.queries import Books

_AT_ONCE = 500
# Newer payments are not compared: a webhook, or the shop's own next statement, may still be on its way.
_SETTLES_WITHIN = timedelta(minutes=5)
# From opening to decision, with an appeal: a dispute that was opened before the window may be decided in it.
_DISPUTES_LAST = timedelta(days=180)


@dataclass(frozen=True)
class ProviderDifference:
    """A difference, and the provider's payment, refund or dispute if it has one."""

    provider: str
    difference: Difference
    intent: Intent | None = None
    refund: ProviderRefund | None = None
    dispute: ProviderDispute | None = None


@dataclass(frozen=True)
class _Suspect:
    """A refund that differed in the first comparison; one of the two is None if it is unknown there."""

    reported: ProviderRefund | None
    booked: BookedRefund | None


@dataclass
class _Suspects:
    """What differed in the first comparison: references of payments, refunds and disputes."""

    attempts: list[str] = field(default_factory=list)
    refunds: list[_Suspect] = field(default_factory=list)
    disputes: list[ProviderDispute] = field(default_factory=list)


class ProviderCheck:
    """Compares one provider with the ledger.

    What differs is compared again after `wait`: a webhook may be on its way, and lists are read in pages while
    customers pay.
    """

    def __init__(self, name: str, provider: PaymentProvider, books: Books, wait: Callable[[], object]) -> None:
        self._name = name
        self._provider = provider
        self._ledger = books.ledger_of(name)
        self._wait = wait
        self._foreign: set[str] = set()

    @property
    def foreign(self) -> int:
        """The number of foreign payments, refunds and disputes that `differences` has found on the account."""
        return len(self._foreign)

    def differences(self, window: Window) -> list[ProviderDifference]:
        """Returns all differences in what started within the window, except its last five minutes.

        Raises:
            PaymentOutcomeUnknown, Unavailable, PaymentRefused: the provider gives no usable answer.
        """
        suspects = _Suspects()
        self._walk_attempts(window, suspects)
        self._walk_refunds(window, suspects)
        self._walk_disputes(window, suspects)
        if not suspects.attempts and not suspects.refunds and not suspects.disputes:
            return []
        self._wait()
        attempts = (self._attempt_again(reference) for reference in suspects.attempts)
        refunds = (self._refund_again(suspect) for suspect in suspects.refunds)
        disputes = (self._dispute_again(dispute) for dispute in suspects.disputes)
        return [difference for difference in (*attempts, *refunds, *disputes) if difference]

    def _walk_attempts(self, window: Window, suspects: _Suspects) -> None:
        until = window.now - _SETTLES_WITHIN
        agreeing: set[int] = set()
        for batch in itertools.batched(self._provider.intents(window.since, until), _AT_ONCE, strict=False):
            booked = self._ledger.payments_of(batch)
            for reported in batch:
                here = booked.get(reported.reference)
                if here is None and reported.foreign:
                    self._foreign.add(reported.reference)
                elif compare_payment(reported, here):
                    suspects.attempts.append(reported.reference)
                elif here is not None:
                    agreeing.add(here.id)
        already = set(suspects.attempts)
        for held in self._ledger.holding_money(window.since, until):
            if held.id not in agreeing and held.reference is not None and held.reference not in already:
                suspects.attempts.append(held.reference)

    def _walk_refunds(self, window: Window, suspects: _Suspects) -> None:
        until = window.now - _SETTLES_WITHIN
        agreeing: set[int] = set()
        for batch in itertools.batched(self._provider.refunds(window.since, until), _AT_ONCE, strict=False):
            booked = self._ledger.refunds_of(batch)
            for reported in batch:
                here = booked.get(reported.reference)
                if here is None and self._is_of_another(reported):
                    self._foreign.add(reported.reference)
                elif compare_refund(reported, here):
                    suspects.refunds.append(_Suspect(reported, here))
                if here is not None:
                    agreeing.add(here.id)  # or is a suspect already
        for made in self._ledger.succeeded_refunds(window.since, until):
            if made.id not in agreeing:
                suspects.refunds.append(_Suspect(None, made))

    def _walk_disputes(self, window: Window, suspects: _Suspects) -> None:
        since = max(EVER, window.since - _DISPUTES_LAST) if window.since > EVER else EVER
        listed = self._provider.disputes(since, window.now - _SETTLES_WITHIN)
        for batch in itertools.batched(listed, _AT_ONCE, strict=False):
            booked = self._ledger.disputes_of(batch)
            for reported in batch:
                if compare_dispute(reported, booked.get(reported.reference)) is None:
                    continue
                if reported.intent_reference and self._ledger.payment(reported.intent_reference):
                    suspects.disputes.append(reported)
                else:
                    self._foreign.add(reported.reference)

    def _dispute_again(self, reported: ProviderDispute) -> ProviderDifference | None:
        booked = self._ledger.disputes_of([reported]).get(reported.reference)
        difference = compare_dispute(reported, booked)
        return ProviderDifference(self._name, difference, dispute=reported) if difference else None

    def _attempt_again(self, reference: str) -> ProviderDifference | None:
        reported = self._found(reference)
        booked = self._ledger.payments_of([reported]).get(reference) if reported else self._ledger.payment(reference)
        difference = compare_payment(reported, booked)
        return ProviderDifference(self._name, difference, intent=reported) if difference else None

    def _refund_again(self, suspect: _Suspect) -> ProviderDifference | None:
        before = suspect.reported or suspect.booked
        assert before is not None  # noqa: S101 - one of the two made it suspect
        of_attempt = self._refunds_of(before.intent_reference)
        reported = next((refund for refund in of_attempt if refund.reference == before.reference), suspect.reported)
        booked = next(iter(self._ledger.refunds_of([reported]).values()), None) if reported else suspect.booked
        if booked is None and reported is not None and self._refunds_another(reported):
            self._foreign.add(reported.reference)
            return None
        difference = compare_refund(reported, booked)
        return ProviderDifference(self._name, difference, refund=reported) if difference else None

    def _is_of_another(self, refund: ProviderRefund) -> bool:
        return refund.foreign or refund.intent_reference is None or refund.intent_reference in self._foreign

    def _refunds_another(self, refund: ProviderRefund) -> bool:
        """Whether the refund belongs to a foreign payment from before the window."""
        intent = self._found(refund.intent_reference) if refund.intent_reference else None
        return intent is not None and intent.foreign and self._ledger.payment(intent.reference) is None

    def _found(self, reference: str) -> Intent | None:
        try:
            return self._provider.find(reference)
        except PaymentRefused:
            return None

    def _refunds_of(self, attempt: str | None) -> Iterator[ProviderRefund]:
        if attempt is None:
            return
        try:
            yield from self._provider.refunds_of(attempt)
        except PaymentRefused:
            return
