"""The payments of the shop, with a provider in memory instead of Stripe."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from microshop.caller import Caller
from microshop.idempotency.key import idempotency_key
from microshop.money import to_decimal
from microshop.payments import providers
from microshop.payments.expiring import expire_order
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import Payment, Refund, RequestedRefund, RestockLine
from microshop.payments.provider_updates import apply_event
from microshop.payments.providers.port import Intent, PaymentProvider, ProviderDispute, ProviderEvent, ProviderRefund
from microshop.payments.queries import PaymentQueries
from microshop.payments.refund_sending import resolve_refund
from microshop.payments.refunding import refund_order
from microshop.payments.resolving import resolve_payment, resolve_search_result
from microshop.payments.searching import search
from microshop.payments.starting import StartedPayment, start_payment
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform.mysql import Database, Row
from microshop.reconciliation.check import Window
from microshop.reconciliation.provider_check import ProviderCheck
from microshop.reconciliation.queries import Books
from microshop.reconciliation.repairing import apply_provider_state
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from tests.support.unreliable_provider import UnreliableProvider

STRIPE = "stripe"
LIVE = ("started", "unknown", "processing", "captured", "mismatched")

_PAYMENTS = """
SELECT payments.*, orders.status, orders.payment_status, orders.captured_minor AS order_captured_minor,
       orders.refunded_minor AS order_refunded_minor, orders.return_refund_minor
FROM payments
JOIN orders ON orders.id = payments.order_id
"""
_REFUNDS = """
SELECT refunds.*, payments.provider, payments.reference AS intent
FROM refunds
JOIN payments ON payments.id = refunds.payment_id
"""
_AGO = "INTERVAL 2 DAY"
_TIME_OF_ORDERS = f"UPDATE orders SET expires_at = expires_at - {_AGO} WHERE id = %(id)s"  # noqa: S608 - constants
_TIME_OF_SCHEDULES = (
    f"UPDATE payments SET created_at = created_at - {_AGO}, next_check_at = next_check_at - {_AGO}",  # noqa: S608
    f"UPDATE refunds SET created_at = created_at - {_AGO}, next_check_at = next_check_at - {_AGO}",  # noqa: S608
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
    "disputes",
)


class MoneyUnderTest:
    """Payments and refunds of a shop. `provider` replaces Stripe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.provider = UnreliableProvider()

    def find_provider(self, name: str) -> PaymentProvider:
        """The provider of that name."""
        return self.provider if name == STRIPE else providers.provider(name)

    # ---- the use cases

    def start(self, database: Database, caller: Caller, order_id: int) -> StartedPayment:
        """Start or continue a payment."""
        return start_payment(caller, order_id, STRIPE, self.provider, PaymentsUnitOfWork(database))

    def receive(self, database: Database, event: ProviderEvent) -> Outcome:
        """Handle a webhook. Returns its outcome."""
        return apply_event(STRIPE, event, PaymentsUnitOfWork(database))[0]

    def receive_last(self, database: Database) -> Outcome | None:
        """Handle the newest webhook, which is delivered again later. Returns its outcome."""
        self.provider.collect_webhooks()
        return self.receive(database, self.provider.pending[-1]) if self.provider.pending else None

    def expire(self, database: Database, order_id: int) -> Outcome:
        """Expire an order. Returns the outcome."""
        return expire_order(order_id, self.find_provider, PaymentsUnitOfWork(database))

    def refund(
        self,
        database: Database,
        admin: Caller,
        order_id: int,
        minor: int | None,
        restock: Mapping[int, int],
        *,
        key: str = "",
    ) -> Refund:
        """Refund money. The reason has the units to restock, because no rule of the shop reads it."""
        wanted = RequestedRefund(
            None if minor is None else to_decimal(minor, "USD"),
            _reason(restock),
            [RestockLine(*line) for line in restock.items()],
        )
        request = f"POST /api/v1/orders/{order_id}/refunds"
        return refund_order(
            admin,
            order_id,
            wanted,
            idempotency_key(admin.user_id, [key] if key else [], request, [minor, _reason(restock)]),
            find_provider=self.find_provider,
            uow=PaymentsUnitOfWork(database),
        )

    def due_orders(self) -> list[int]:
        """The ids of the orders that can no longer be paid."""
        queries = PaymentQueries(self._database)
        return sorted(
            order.id
            for has_attempt in (True, False)
            for order in queries.unpaid_orders(_now(), None, 100, has_attempt=has_attempt)
        )

    def due(self, database: Database) -> list[tuple[Callable[[], Outcome], int]]:
        """The actions of the resolver that are due, each with its order."""
        uow, now = PaymentsUnitOfWork(database), _now()
        queries = PaymentQueries(self._database)
        searched, refunds = queries.due_searches(now, 100), queries.due_refunds(now, 100)
        asked = [*queries.due_cancellations(now, 100), *queries.due_payments(now, 100)]
        return [
            *((lambda each=it: self._search(each, uow), it.order_id) for it in searched),
            *(
                (lambda each=it: resolve_payment(each, self.find_provider(each.provider), uow), it.order_id)
                for it in asked
            ),
            *((lambda each=it: resolve_refund(each, self.find_provider, uow), it.order_id) for it in refunds),
        ]

    def _search(self, payment: Payment, uow: PaymentsUnitOfWork) -> Outcome:
        [(_, intent)] = [each for each in search([payment], self.provider, uow) if each is not None]
        return resolve_search_result(payment, intent, self.provider, uow)

    def reconcile(self, database: Database) -> list[bool]:
        """Repair the differences between the ledger and the provider. Returns for each whether it is repaired."""
        later = Window.of_days(None, datetime.now(UTC) + timedelta(hours=1))
        books, uow = Books(database), RepairsUnitOfWork(database)
        found = ProviderCheck(STRIPE, self.provider, books, wait=lambda: None).differences(later)
        return [apply_provider_state(each, books, uow) for each in found if each.difference.is_repairable]

    def make_overdue(self, order_id: int) -> None:
        """End the time in which an order can be paid."""
        self._database.execute(_TIME_OF_ORDERS, {"id": order_id})
        for sql in _TIME_OF_SCHEDULES:
            self._database.execute(f"{sql} WHERE order_id = %(id)s", {"id": order_id})

    def make_schedules_due(self) -> None:
        """Make every check of the schedules due, after all requests to the provider have arrived."""
        for sql in _TIME_OF_SCHEDULES:
            self._database.execute(sql)

    # ---- the stored state

    def payments(self, order_id: int | None = None) -> list[Row]:
        """The attempts of an order, or of all."""
        rows = self._database.rows(_PAYMENTS)
        return [row for row in rows if order_id in (None, row["order_id"])]

    def refunds(self, order_id: int | None = None) -> list[Row]:
        """The refunds of an order, or of all."""
        rows = self._database.rows(_REFUNDS)
        return [row for row in rows if order_id in (None, row["order_id"])]

    def live(self, order_id: int) -> Row | None:
        """The attempt that is open or captured."""
        return next((row for row in self.payments(order_id) if row["state"] in LIVE), None)

    def is_disputed(self, order_id: int) -> bool:
        """Whether shipping an order needs a confirmation, because it is disputed."""
        rows = self._database.rows("SELECT dispute_status FROM orders WHERE id = %(id)s", {"id": order_id})
        return [row["dispute_status"] in ("inquiry", "open", "lost") for row in rows] == [True]

    def withheld(self, payment_id: int) -> int:
        """The amount that open and lost disputes withhold from a payment."""
        return sum(
            row["amount_minor"]
            for row in self._database.rows("SELECT * FROM disputes WHERE payment_id = %(id)s", {"id": payment_id})
            if row["status"] in ("open", "lost")
        )

    def reserved(self, order_id: int) -> Counter[int]:
        """The units that pending refunds will return, unless the order ends before."""
        units = Counter[int]()
        for row in self.refunds(order_id):
            if row["state"] in ("requested", "pending"):
                units.update(units_in_reason(row["reason"]))
        return units

    def states(self) -> object:
        """The states of all attempts and refunds."""
        return [(row["id"], row["state"]) for row in (*self.payments(), *self.refunds())]

    def order_of(self, event: ProviderEvent) -> int:
        """The id of the order of an event."""
        about = event.update
        if isinstance(about, ProviderRefund | ProviderDispute):
            about = self.provider.known_intents[about.intent_reference or ""]
        return about.order_id or 0 if isinstance(about, Intent) else 0

    def is_cancelled(self, attempt: Row) -> bool:
        """Whether the provider has cancelled an attempt."""
        intents = self.provider.intents_of(attempt["order_id"])
        return any(it.attempt == attempt["attempt"] and it.status == "cancelled" for it in intents)

    def was_requested(self, key: str) -> bool:
        """Whether a refund was requested with that key."""
        return any(row["request_key"] == key for row in self.refunds())

    def changed_by_repetitions(self) -> list[object]:
        """Deliver all events again. Returns those that had an effect, and the tables that changed."""
        before = self._all_rows()
        again = [
            event.id for event in self.provider.delivered if self.receive(self._database, event) != Outcome.DUPLICATE
        ]
        after = self._all_rows()
        return [*again, *(table for table in before if before[table] != after[table])]

    def _all_rows(self) -> dict[str, list[Row]]:
        return {table: self._database.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in _CHANGEABLE}  # noqa: S608


def _now() -> datetime:
    return datetime.now(UTC)


def units_in_reason(reason: str | None) -> dict[int, int]:
    """The units that a refund of the test restocks, from its reason."""
    if not reason or not reason.startswith("units "):
        return {}
    return {int(product_id): int(quantity) for product_id, quantity in json.loads(reason[6:]).items()}


def _reason(restock: Mapping[int, int]) -> str:
    return f"units {json.dumps(dict(restock))}"
