"""Invariants of the shop's money: at any time, and after the shop has handled all webhooks.

The provider has the true state of every payment; the shop only has its updates.
"""

from collections import Counter
from collections.abc import Mapping

from microshop.payments.providers.port import Intent, ProviderRefund
from microshop.platform.mysql import Database, Row
from tests.support.money_under_test import LIVE, STRIPE, MoneyUnderTest

_HOLDING = ("captured", "mismatched", "stray")
# Status of an intent → the states of its attempt after all webhooks.
_SETTLED = {
    "open": ("started",),
    "processing": ("processing", "abandoned"),
    "captured": _HOLDING,
    "cancelled": ("cancelled",),
}
# Payment status of an order → the state that one of its attempts must have.
_WAITS_FOR = {"review": "mismatched", "processing": "processing"}
_FOR_A_DISPUTE = {
    "a dispute withholds a part of it",
    "the dispute of the payment was lost",
    "charge_disputed: It was charged back.",
}
_ENTRIES = "SELECT payment_id, refund_id, kind FROM payment_entries"
_DISPUTES = "SELECT reference, status FROM disputes"
_WAITING = "SELECT id, payment_status FROM orders WHERE payment_status IN ('processing', 'review')"


def is_justified(action: str, order_id: int, money: MoneyUnderTest) -> bool:
    """Whether the provider's state justifies a change of an order."""
    intents, payments = money.provider.intents_of(order_id), money.payments(order_id)
    match action:
        case "paid" | "paid_late":
            asked = {(row["amount_minor"], row["currency"]) for row in payments}
            return any(it.status == "captured" and (it.captured_minor, it.currency) in asked for it in intents)
        case "expired":
            return all(it.status == "cancelled" for it in intents)
        case "refunded" | "partially_refunded":
            by_hand = any(row["provider"] != STRIPE for row in payments)
            return by_hand or any(money.provider.refunds_for(intent) for intent in intents)
    return True


class MoneyChecks:
    """All checks on one snapshot."""

    def __init__(self, money: MoneyUnderTest, database: Database) -> None:
        self._provider = money.provider
        self._payments, self._refunds = money.payments(), money.refunds()
        self._by_card = [row for row in self._payments if row["provider"] == STRIPE]
        self._refunds_by_card = [row for row in self._refunds if row["provider"] == STRIPE]
        self._entries = Counter((row["payment_id"], row["refund_id"], row["kind"]) for row in database.rows(_ENTRIES))
        self._waiting = database.rows(_WAITING)
        self._disputes = {row["reference"]: row["status"] for row in database.rows(_DISPUTES)}
        self._withheld = {row["id"]: money.withheld(row["id"]) for row in self._payments}

    def disagreements(self) -> dict[str, object]:
        """Violations of the invariants that hold at any time."""
        known, made = self._provider.known_intents, self._provider.known_refunds
        live = Counter(row["order_id"] for row in self._payments if row["state"] in LIVE)
        begun = Counter((it.order_id, it.attempt) for it in known.values())
        sent = Counter((it.intent_reference, it.number) for it in made.values() if it.number is not None)
        found: dict[str, object] = {
            "orders with two live attempts": [key for key, times in live.items() if times > 1],
            "attempts started twice at the provider": [key for key, times in begun.items() if times > 1],
            "refunds made twice at the provider": [key for key, times in sent.items() if times > 1],
            "payments that the provider has not captured": [row for row in self._by_card if not _is_backed(row, known)],
            "refunds that the provider has not made": [row for row in self._refunds_by_card if not _is_made(row, made)],
            "refunds of more than was captured": [row for row in self._payments if self._exceeds_capture(row)],
            "captures without exactly one ledger entry": [
                row for row in self._payments if not self._has_one_capture_entry(row)
            ],
            "refunds without exactly one ledger entry": [
                row for row in self._refunds if not self._has_one_refund_entry(row)
            ],
            "money to refund without a refund": [row for row in self._by_card if self._lacks_refund(row)],
        }
        return _violations(found)

    def unsettled(self) -> dict[str, object]:
        """Violations of the invariants that hold after all webhooks are handled and all due payments are resolved."""
        live = {row["order_id"]: row["state"] for row in self._payments if row["state"] in LIVE}
        known, made = self._provider.known_intents.values(), self._provider.known_refunds.values()
        found: dict[str, object] = {
            "attempts that differ from the provider's": [it for it in known if not self._knows_attempt(it)],
            "refunds that differ from the provider's": [it for it in made if not self._knows_refund(it)],
            "attempts that the provider does not have": [row for row in self._by_card if not _is_known_or_over(row)],
            "open attempts of ended orders": [row for row in self._payments if _is_open_too_long(row)],
            "refunds that were not sent": [row for row in self._refunds if self._is_unsent(row)],
            "disputes that differ from the provider's": [
                it for it in self._provider.known_disputes.values() if self._disputes.get(it.reference) != it.status
            ],
            "money to refund that was never refunded": [row for row in self._by_card if self._is_unrefunded(row)],
            "orders whose amounts differ from the provider's": [
                row for row in self._payments if not self._is_conserved(row)
            ],
            "orders in review or processing without such an attempt": [
                row for row in self._waiting if live.get(row["id"]) != _WAITS_FOR[row["payment_status"]]
            ],
        }
        return _violations(found)

    def _of(self, payment: Row) -> list[Row]:
        return [row for row in self._refunds if row["payment_id"] == payment["id"]]

    def _exceeds_capture(self, row: Row) -> bool:
        promised = sum(refund["amount_minor"] for refund in self._of(row) if refund["state"] != "failed")
        return bool(promised > row["captured_minor"])

    def _has_one_capture_entry(self, row: Row) -> bool:
        entries = sum(self._entries[row["id"], 0, kind] for kind in _HOLDING)
        return entries == (row["state"] in _HOLDING)

    def _has_one_refund_entry(self, row: Row) -> bool:
        return row["state"] != "succeeded" or self._entries[row["payment_id"], row["id"], "refunded"] == 1

    def _lacks_refund(self, row: Row) -> bool:
        """Whether money to refund has no refund. After a failure, an admin decides."""
        over = row["state"] == "stray" or row["status"] in ("cancelled", "expired")
        left = row["captured_minor"] - row["refunded_minor"] > self._withheld[row["id"]]
        return over and left and not any(refund["state"] == "failed" for refund in self._of(row))

    def _is_unrefunded(self, row: Row) -> bool:
        """Whether money to refund stays with the shop, although no refund failed other than for a dispute."""
        failures = [refund["failure"] for refund in self._of(row) if refund["state"] == "failed"]
        over = row["state"] == "stray" or row["status"] in ("cancelled", "expired")
        left = row["captured_minor"] - row["refunded_minor"] > self._withheld[row["id"]]
        return over and left and set(failures) <= _FOR_A_DISPUTE

    def _is_unsent(self, row: Row) -> bool:
        """Whether a refund is only requested, although no open dispute withholds its money."""
        [payment] = [payment for payment in self._payments if payment["id"] == row["payment_id"]]
        left = payment["captured_minor"] - payment["refunded_minor"] - self._withheld[payment["id"]]
        return bool(row["state"] == "requested" and not (left < 0 and payment["dispute_status"] == "open"))

    def _knows_attempt(self, it: Intent) -> bool:
        # By order and attempt, if the answer with the reference was lost and the customer did not retry.
        names = ({"reference": it.reference}, {"reference": None, "order_id": it.order_id, "attempt": it.attempt})
        known = [row for row in self._by_card if any(name.items() <= row.items() for name in names)]
        return [row["state"] in _SETTLED[it.status] for row in known] == [True]

    def _knows_refund(self, it: ProviderRefund) -> bool:
        states = [row["state"] for row in self._refunds_by_card if row["reference"] == it.reference]
        # A failed refund of the dashboard need not be known.
        return states == [it.status] or (it.status == "failed" and it.number is None and not states)

    def _is_conserved(self, row: Row) -> bool:
        if row["state"] not in ("captured", "mismatched"):
            return True
        if row["provider"] != STRIPE:
            return bool(row["order_captured_minor"] == row["captured_minor"])
        intent = self._provider.known_intents[row["reference"]]
        refunds = self._provider.refunds_for(intent)
        gone = sum(refund.amount_minor for refund in refunds if refund.status == "succeeded")
        if intent.currency != "USD":  # it does not count for the order
            return (row["order_captured_minor"], row["order_refunded_minor"]) == (0, 0)
        return (row["order_captured_minor"], row["order_refunded_minor"]) == (intent.captured_minor, gone)


def _violations(found: Mapping[str, object]) -> dict[str, object]:
    return {what: where for what, where in found.items() if where}


def _is_backed(row: Row, known: Mapping[str, Intent]) -> bool:
    intent = known.get(row["reference"])
    if row["state"] not in _HOLDING:
        return row["reference"] is None or intent is not None
    return intent is not None and (intent.order_id, intent.attempt, intent.captured_minor, intent.status) == (
        row["order_id"],
        row["attempt"],
        row["captured_minor"],
        "captured",
    )


def _is_made(row: Row, made: Mapping[str, ProviderRefund]) -> bool:
    if row["state"] in ("requested", "failed"):
        return True
    it = made.get(row["reference"])
    return it is not None and (it.intent_reference, it.amount_minor) == (row["intent"], row["amount_minor"])


def _is_known_or_over(row: Row) -> bool:
    """Whether the provider has the attempt, or it failed, or the customer can still continue it."""
    going_on = row["state"] == "started" and row["status"] == "pending"
    return row["reference"] is not None or row["state"] in ("failed", "cancelled") or going_on


def _is_open_too_long(row: Row) -> bool:
    return row["status"] != "pending" and row["state"] in ("started", "unknown", "processing")
