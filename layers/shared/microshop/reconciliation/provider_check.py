"""Walks through a payment provider's payments and refunds and through the ledger's, and finds where they differ."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microshop.errors import PaymentRefused
from microshop.reconciliation.check import SETTLES_WITHIN
from microshop.reconciliation.comparison import BookedRefund, Difference, compare_payment, compare_refund
from microshop.reconciliation.ledger_queries import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.payments.provider import Intent, PaymentProvider, ProviderRefund
    from microshop.platform.mysql import Database
    from microshop.reconciliation.check import Window

_AT_ONCE = 500


@dataclass(frozen=True)
class ProviderDifference:
    """A difference, and what the provider says there: an attempt, or one of its refunds."""

    provider: str
    difference: Difference
    intent: Intent | None = None
    refund: ProviderRefund | None = None


@dataclass(frozen=True)
class _Suspect:
    """A refund that did not agree at the first look: as it was told, or as it is booked."""

    told: ProviderRefund | None
    booked: BookedRefund | None


@dataclass
class _Suspects:
    """What did not agree at the first look: references of attempts, and refunds."""

    attempts: list[str] = field(default_factory=list)
    refunds: list[_Suspect] = field(default_factory=list)


class ProviderCheck:
    """One provider against its ledger.

    What does not agree is looked at again after `wait`: a webhook may be on its way, and a list is read in pages while
    customers pay.
    """

    def __init__(self, name: str, provider: PaymentProvider, database: Database, wait: Callable[[], object]) -> None:
        self._name = name
        self._provider = provider
        self._ledger = Ledger(database, name)
        self._wait = wait

    def differences(self, window: Window) -> list[ProviderDifference]:
        """All that does not agree of what was begun within the window, but for its last five minutes.

        Raises:
            PaymentUnsure, Unavailable, PaymentRefused: the provider does not answer.
        """
        suspects = _Suspects()
        self._walk_attempts(window, suspects)
        self._walk_refunds(window, suspects)
        if not suspects.attempts and not suspects.refunds:
            return []
        self._wait()
        attempts = (self._attempt_again(reference) for reference in suspects.attempts)
        refunds = (self._refund_again(suspect) for suspect in suspects.refunds)
        return [difference for difference in (*attempts, *refunds) if difference]

    def _walk_attempts(self, window: Window, suspects: _Suspects) -> None:
        until = window.now - SETTLES_WITHIN
        agreeing: set[int] = set()
        for batch in itertools.batched(self._provider.intents(window.since, until), _AT_ONCE, strict=False):
            booked = self._ledger.payments_of(batch)
            for told in batch:
                here = booked.get(told.reference)
                if compare_payment(told, here):
                    suspects.attempts.append(told.reference)
                elif here is not None:
                    agreeing.add(here.id)
        already = set(suspects.attempts)
        for held in self._ledger.holding_money(window.since, until):
            if held.id not in agreeing and held.reference is not None and held.reference not in already:
                suspects.attempts.append(held.reference)

    def _walk_refunds(self, window: Window, suspects: _Suspects) -> None:
        until = window.now - SETTLES_WITHIN
        agreeing: set[int] = set()
        for batch in itertools.batched(self._provider.refunds(window.since, until), _AT_ONCE, strict=False):
            booked = self._ledger.refunds_of(batch)
            for told in batch:
                here = booked.get(told.reference)
                if compare_refund(told, here):
                    suspects.refunds.append(_Suspect(told, here))
                if here is not None:
                    agreeing.add(here.id)  # or is suspect already
        for made in self._ledger.succeeded_refunds(window.since, until):
            if made.id not in agreeing:
                suspects.refunds.append(_Suspect(None, made))

    def _attempt_again(self, reference: str) -> ProviderDifference | None:
        told = self._found(reference)
        booked = self._ledger.payments_of([told]).get(reference) if told else self._ledger.payment(reference)
        difference = compare_payment(told, booked)
        return ProviderDifference(self._name, difference, intent=told) if difference else None

    def _refund_again(self, suspect: _Suspect) -> ProviderDifference | None:
        before = suspect.told or suspect.booked
        assert before is not None  # noqa: S101 - one of the two made it suspect
        of_attempt = self._refunds_of(before.intent_reference)
        told = next((refund for refund in of_attempt if refund.reference == before.reference), suspect.told)
        booked = next(iter(self._ledger.refunds_of([told]).values()), None) if told else suspect.booked
        difference = compare_refund(told, booked)
        return ProviderDifference(self._name, difference, refund=told) if difference else None

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
