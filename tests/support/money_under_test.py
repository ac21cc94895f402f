"""The payments of the shop beside a provider in memory: what must be true of them at any moment, and when all is told.

The provider knows what really happened to the customers' money; the shop only hears of it.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from microshop.caller import Caller
from microshop.errors import ShopError
from microshop.idempotency.key import idempotency_key
from microshop.payments import providers
from microshop.payments.expiring import expire_order
from microshop.payments.facts import DUPLICATE, take_event
from microshop.payments.payment import Refund, RestockLine
from microshop.payments.provider import Intent, PaymentProvider, ProviderEvent, ProviderRefund
from microshop.payments.refunding import RefundOrder, refund_order, resolve_refund
from microshop.payments.repository import PaymentsUnitOfWork
from microshop.payments.resolving import resolve_payment
from microshop.payments.starting import StartedPayment, start_payment
from microshop.platform.mysql import Database, Row
from tests.support.unreliable_provider import UnreliableProvider

STRIPE = "stripe"
_HOLDING = ("captured", "mismatched", "stray")
_OWN = ("captured", "mismatched")
_LIVE = ("started", "unknown", "processing", "captured", "mismatched")
# What the ledger may say of an attempt once everything was told, by what the provider says of it.
_SETTLED = {
    "open": ("started",),
    "processing": ("processing", "abandoned"),
    "captured": _HOLDING,
    "cancelled": ("cancelled",),
}

_PAYMENTS = """
SELECT payments.*, orders.status, orders.payment_status, orders.captured_minor AS order_captured_minor,
       orders.refunded_minor AS order_refunded_minor
FROM payments
JOIN orders ON orders.id = payments.order_id
"""
_REFUNDS = """
SELECT refunds.*, payments.provider, payments.reference AS intent, payments.state AS payment_state
FROM refunds
JOIN payments ON payments.id = refunds.payment_id
"""
_ENTRIES = "SELECT payment_id, refund_id, kind, amount_minor FROM payment_entries"
_RETURNED = "SELECT order_id, product_id, returned FROM order_lines WHERE returned <> 0"
_OPEN_ORDERS = "SELECT id, payment_status FROM orders WHERE payment_status IN ('processing', 'review')"
_AGO = "INTERVAL 2 DAY"
_TIME_PASSES = (
    f"UPDATE orders SET expires_at = expires_at - {_AGO} WHERE id IN %(ids)s AND expires_at IS NOT NULL",
    f"UPDATE payments SET created_at = created_at - {_AGO}, next_check_at = next_check_at - {_AGO}"
    " WHERE order_id IN %(ids)s",
    f"UPDATE refunds SET next_check_at = next_check_at - {_AGO} WHERE order_id IN %(ids)s",
)
_CHANGEABLE = (
    "orders",
    "order_lines",
    "order_history",
    "products",
    "stock_movements",
    "outbox",
    "payments",
    "payment_entries",
    "refunds",
    "refund_lines",
    "provider_events",
)


class MoneyUnderTest:
    """Payments and refunds of a shop; `provider` is Stripe's place."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.provider = UnreliableProvider()

    def find_provider(self, name: str) -> PaymentProvider:
        """The provider of that name."""
        return self.provider if name == STRIPE else providers.provider(name)

    # ---- the use cases

    def start(self, database: Database, caller: Caller, order_id: int) -> StartedPayment:
        """Begin a payment, or go on with it."""
        return start_payment(caller, order_id, STRIPE, self.provider, PaymentsUnitOfWork(database))

    def hear(self, database: Database, event: ProviderEvent) -> str:
        """Take in a webhook; what that did."""
        return take_event(STRIPE, event, PaymentsUnitOfWork(database))

    def expire(self, database: Database, order_id: int) -> str:
        """Let an order expire; what that did."""
        return expire_order(order_id, self.find_provider, PaymentsUnitOfWork(database))

    def refund(
        self,
        database: Database,
        admin: Caller,
        order_id: int,
        minor: int | None,
        back: Mapping[int, int],
        key: str = "",
    ) -> Refund:
        """Give money back. Which units are to come back stands in the reason, where no rule of the shop looks."""
        wanted = RefundOrder(minor, _words(back), [RestockLine(*line) for line in back.items()])
        request = f"POST /api/v1/orders/{order_id}/refunds"
        return refund_order(
            admin,
            order_id,
            wanted,
            idempotency_key(admin.user_id, key, request, [minor, _words(back)]),
            find_provider=self.find_provider,
            transaction=PaymentsUnitOfWork(database),
        )

    def due_orders(self) -> list[int]:
        """The orders whose time to be paid is over."""
        return PaymentsUnitOfWork(self._database).payments.unpaid_orders(datetime.now(UTC), 0, 100)

    def due(self, database: Database) -> list[tuple[Callable[[], str], int]]:
        """What the resolver would do now, each with the order that it is about."""
        transaction, now = PaymentsUnitOfWork(database), datetime.now(UTC)
        look = PaymentsUnitOfWork(self._database).payments
        payments, refunds = look.due_payments(now, 100), look.due_refunds(now, 100)
        return [
            *(
                (lambda each=it: resolve_payment(each, self.find_provider(each.provider), transaction), it.order_id)
                for it in payments
            ),
            *((lambda each=it: resolve_refund(each, self.find_provider, transaction), it.order_id) for it in refunds),
        ]

    def time_passes(self, *order_ids: int) -> None:
        """What is waited for is over: two days have passed for these orders."""
        for sql in _TIME_PASSES:
            self._database.execute(sql, {"ids": order_ids})

    def time_passes_for_schedules(self) -> None:
        """All that a schedule is to look at again is due, and what was on its way to the provider has arrived."""
        for sql in _TIME_PASSES[1:]:
            self._database.execute(sql.replace("order_id IN %(ids)s", "TRUE"))

    # ---- what there is

    def payments(self, order_id: int | None = None) -> list[Row]:
        """The attempts of an order, or of all."""
        rows = self._database.rows(_PAYMENTS)
        return [row for row in rows if order_id in (None, row["order_id"])]

    def refunds(self, order_id: int | None = None) -> list[Row]:
        """The refunds of an order, or of all."""
        rows = self._database.rows(_REFUNDS)
        return [row for row in rows if order_id in (None, row["order_id"])]

    def live(self, order_id: int) -> Row | None:
        """The attempt that brings or has brought money."""
        return next((row for row in self.payments(order_id) if row["state"] in _LIVE), None)

    def reserved(self, order_id: int) -> Counter[int]:
        """The units that refunds under way will bring back, unless the order ends before."""
        units = Counter[int]()
        for row in self.refunds(order_id):
            if row["state"] in ("requested", "pending"):
                units.update(asked_back(row["reason"]))
        return units

    def standing(self) -> object:
        """Where all attempts and refunds are."""
        return [(row["id"], row["state"]) for row in (*self.payments(), *self.refunds())]

    def order_of(self, event: ProviderEvent) -> int:
        """The order that an event is about."""
        about = event.about
        if isinstance(about, ProviderRefund):
            about = self.provider.known_intents[about.intent_reference or ""]
        return about.order_id or 0 if isinstance(about, Intent) else 0

    def is_called_off(self, attempt: Row) -> bool:
        """Whether the provider has cancelled an attempt."""
        intents = self.provider.intents_of(attempt["order_id"])
        return any(it.attempt == attempt["attempt"] and it.status == "cancelled" for it in intents)

    def was_asked(self, key: str) -> bool:
        """Whether a refund was requested with that key."""
        return any(row["request_key"] == key for row in self.refunds())

    def everything(self) -> dict[str, list[Row]]:
        """All that a repeated event must not change."""
        return {table: self._database.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in _CHANGEABLE}  # noqa: S608

    # ---- what must be true

    def is_justified(self, action: str, order_id: int) -> bool:
        """Whether the provider knows of what an order says has happened to its money."""
        intents, payments = self.provider.intents_of(order_id), self.payments(order_id)
        match action:
            case "paid" | "paid_late":
                amounts = {(row["amount_minor"], row["currency"]) for row in payments}
                return any(it.status == "captured" and (it.captured_minor, it.currency) in amounts for it in intents)
            case "expired":
                return all(it.status == "cancelled" for it in intents)
            case "refunded" | "partially_refunded":
                by_hand = any(row["provider"] != STRIPE for row in payments)
                return by_hand or any(self.provider.refunds_for(intent) for intent in intents)
        return True

    def disagreements(self) -> dict[str, object]:
        """What must not be at any moment, however little the shop has heard."""
        payments, refunds = self.payments(), self.refunds()
        by_payment = {row["id"]: [each for each in refunds if each["payment_id"] == row["id"]] for row in payments}
        entries = Counter((row["payment_id"], row["refund_id"], row["kind"]) for row in self._database.rows(_ENTRIES))
        live = Counter(row["order_id"] for row in payments if row["state"] in _LIVE)
        known, made = self.provider.known_intents, self.provider.known_refunds
        begun = Counter((it.order_id, it.attempt) for it in known.values())
        asked = Counter((it.intent_reference, it.number) for it in made.values() if it.number is not None)
        found: dict[str, object] = {
            "two live attempts": [order_id for order_id, times in live.items() if times > 1],
            "attempts begun twice at the provider": [each for each, times in begun.items() if times > 1],
            "refunds made twice at the provider": [each for each, times in asked.items() if times > 1],
            "money that the provider does not have": [
                row for row in payments if row["provider"] == STRIPE and not _is_backed(row, known)
            ],
            "refunds that the provider has not made": [
                row for row in refunds if row["provider"] == STRIPE and not _is_made(row, made)
            ],
            "more promised than captured": [
                row for row in payments if _promised(by_payment[row["id"]]) > row["captured_minor"]
            ],
            "money not entered once": [
                row
                for row in payments
                if sum(entries[row["id"], 0, kind] for kind in _HOLDING) != (row["state"] in _HOLDING)
            ],
            "refunds not entered once": [
                row
                for row in refunds
                if row["state"] == "succeeded" and entries[row["payment_id"], row["id"], "refunded"] != 1
            ],
            "money of ended orders that nobody gives back": [
                row
                for row in payments
                if _is_owed(row) and not any(r["state"] == "failed" for r in by_payment[row["id"]])
            ],
        }
        return {what: where for what, where in found.items() if where}

    def unsettled(self) -> dict[str, object]:
        """What must not be once the shop has heard everything and has asked about all that was due."""
        payments, refunds = self.payments(), self.refunds()
        by_reference = {row["reference"]: row for row in payments if row["provider"] == STRIPE and row["reference"]}
        booked = [row["reference"] for row in refunds if row["provider"] == STRIPE and row["reference"]]
        waited_for = {row["order_id"]: row["state"] for row in payments if row["state"] in _LIVE}
        found: dict[str, object] = {
            "attempts otherwise than at the provider": [
                (it, by_reference.get(it.reference))
                for it in self.provider.known_intents.values()
                if not _agrees(it, by_reference.get(it.reference))
            ],
            "attempts that are nowhere": [
                row for row in payments if row["reference"] is None and row["provider"] == STRIPE and not _waits(row)
            ],
            "attempts of ended orders that may bring money": [
                row
                for row in payments
                if row["status"] != "pending" and row["state"] in ("started", "unknown", "processing")
            ],
            "refunds otherwise than at the provider": [
                (it, [row for row in refunds if row["reference"] == it.reference])
                for it in self.provider.known_refunds.values()
                if [row["state"] for row in refunds if row["reference"] == it.reference] != [it.status]
                and not (it.status == "failed" and it.reference not in booked and it.number is None)
            ],
            "refunds never sent": [row for row in refunds if row["state"] == "requested"],
            "orders with other money than the provider has": [
                row for row in payments if row["state"] in _OWN and not self._is_conserved(row)
            ],
            "orders that wait for nothing": [
                row
                for row in self._database.rows(_OPEN_ORDERS)
                if waited_for.get(row["id"]) != {"review": "mismatched"}.get(row["payment_status"], "processing")
            ],
        }
        return {what: where for what, where in found.items() if where}

    def _is_conserved(self, row: Row) -> bool:
        if row["provider"] != STRIPE:
            return bool(row["order_captured_minor"] == row["captured_minor"])
        intent = self.provider.known_intents[row["reference"]]
        refunds = self.provider.refunds_for(intent)
        gone = sum(refund.amount_minor for refund in refunds if refund.status == "succeeded")
        return (row["order_captured_minor"], row["order_refunded_minor"]) == (intent.captured_minor, gone)

    def changed_by_repetitions(self) -> list[object]:
        """The events that do something when they come again."""
        before = self.everything()
        again = [event.id for event in self.provider.heard if self.hear(self._database, event) != DUPLICATE]
        after = self.everything()
        return [*again, *(table for table in before if before[table] != after[table])]


def asked_back(reason: str | None) -> dict[int, int]:
    """The units that the test has asked back with a refund."""
    if not reason or not reason.startswith("units "):
        return {}
    return {int(product_id): int(quantity) for product_id, quantity in json.loads(reason[6:]).items()}


def quietly(act: Callable[[], object]) -> None:
    """Do what may be refused, or fail."""
    try:
        act()
    except ShopError:
        return


def _words(back: Mapping[int, int]) -> str:
    return f"units {json.dumps(dict(back))}"


def _promised(refunds: list[Row]) -> int:
    return sum(row["amount_minor"] for row in refunds if row["state"] != "failed")


def _is_owed(row: Row) -> bool:
    over = row["state"] == "stray" or row["status"] in ("cancelled", "expired")
    return bool(row["provider"] == STRIPE and over and row["captured_minor"] > row["refunded_minor"])


def _is_backed(row: Row, known: Mapping[str, Intent]) -> bool:
    intent = known.get(row["reference"])
    if row["reference"] is None or row["state"] not in _HOLDING:
        return row["reference"] is None or intent is not None
    return intent is not None and (intent.order_id, intent.attempt, intent.captured_minor, intent.status) == (
        row["order_id"],
        row["attempt"],
        row["captured_minor"],
        "captured",
    )


def _is_made(row: Row, made: Mapping[str, ProviderRefund]) -> bool:
    refund = made.get(row["reference"])
    if row["state"] in ("requested", "failed"):
        return True
    return refund is not None and (refund.intent_reference, refund.amount_minor) == (row["intent"], row["amount_minor"])


def _agrees(intent: Intent, row: Row | None) -> bool:
    return row is not None and row["state"] in _SETTLED[intent.status]


def _waits(row: Row) -> bool:
    """An attempt of which the provider has never heard is given up, or goes on when the customer asks again."""
    return row["state"] in ("failed", "cancelled") or (row["state"] == "started" and row["status"] == "pending")
