"""Pays, expires and refunds orders as the functions do, without HTTP, at a payment provider in memory."""

import itertools
from collections.abc import Sequence
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from microshop.caller import Caller
from microshop.errors import PaymentOutcomeUnknown
from microshop.idempotency.key import IdempotencyKey, idempotency_key
from microshop.money import to_decimal
from microshop.orders.history import HistoryEntry
from microshop.orders.order import Order, PaymentMethod
from microshop.orders.queries import OrderQueries
from microshop.payments import providers
from microshop.payments.expiring import expire_order
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import Entry, Payment, Refund, RequestedRefund, RestockLine
from microshop.payments.provider_updates import apply_event
from microshop.payments.providers.port import Intent, PaymentProvider, ProviderEvent, Update
from microshop.payments.refund_sending import resolve_refund
from microshop.payments.refunding import refund_order
from microshop.payments.resolving import resolve_payment, resolve_search_result
from microshop.payments.searching import search
from microshop.payments.starting import StartedPayment, start_payment
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform.mysql import Database
from tests.support import use_cases
from tests.support.fake_provider import FakeProvider
from tests.support.orders import a_customer, placed_order_id, stored_order
from tests.support.use_cases import an_admin

STRIPE: Final = "stripe"
# The total of an order that a Till places by default, in cents: three kettles at 19.99, without shipping.
TOTAL = 3 * 1999
_PAST = datetime(2026, 1, 1, tzinfo=UTC)
_EVENT_NUMBERS = itertools.count(1)
# The tables that a provider update may change.
_TABLES = (
    "orders",
    "order_lines",
    "order_history",
    "payments",
    "payment_entries",
    "refunds",
    "refund_lines",
    "products",
    "stock_movements",
    "outbox",
)


@dataclass(frozen=True)
class Till:
    """One customer who pays and one admin who refunds, at one provider."""

    database: Database
    customer: Caller
    admin: Caller
    provider: FakeProvider = field(default_factory=FakeProvider)

    @classmethod
    def open(cls, database: Database) -> "Till":
        """Create a till with a new customer and a new admin."""
        return cls(database, a_customer(database), an_admin(database))

    def on(self, database: Database) -> "Till":
        """The same till with another connection, for use by another thread."""
        return replace(self, database=database)

    @property
    def uow(self) -> PaymentsUnitOfWork:
        """A unit of work of this connection."""
        return PaymentsUnitOfWork(self.database)

    def find_provider(self, name: str) -> PaymentProvider:
        """The provider in memory, or the real one for payments outside a provider."""
        return self.provider if providers.is_automatic(name) else providers.provider(name)

    # ---- actions of customers and admins

    def place(self, *items: tuple[int, int], payment_method: PaymentMethod = "card") -> int:
        """Order (product id, quantity)s, by default three of a new product with ten units. Returns the order's id."""
        return placed_order_id(self.database, self.customer, *items, payment_method=payment_method)

    def start(self, order_id: int) -> StartedPayment:
        """Start a payment, as the customer."""
        return start_payment(self.customer, order_id, STRIPE, self.provider, self.uow)

    def place_and_start(self, *items: tuple[int, int]) -> int:
        """Place an order and start its payment. Returns the order's id."""
        order_id = self.place(*items)
        self.start(order_id)
        return order_id

    def place_and_pay(self, *items: tuple[int, int]) -> int:
        """Place an order and pay it by card. Returns its id."""
        order_id = self.place_and_start(*items)
        assert self.pay(order_id) == "paid"
        return order_id

    def place_with_timeout(self, *, acted: bool = True) -> int:
        """Place an order and start a payment that times out, before or after it `acted`. Returns the order's id."""
        order_id = self.place()
        self.provider.fail("start", PaymentOutcomeUnknown("timeout"), acted=acted)
        try:
            self.start(order_id)
        except PaymentOutcomeUnknown:
            return order_id
        raise AssertionError("the provider answered")

    def place_and_confirm(self, *items: tuple[int, int]) -> int:
        """Place an order and record its payment outside a provider. Returns its id."""
        order_id = self.place(*items)
        self.confirm(order_id)
        return order_id

    def pay(self, order_id: int) -> Outcome:
        """The customer pays the last attempt and the webhook arrives. Returns its outcome."""
        return self.receive(self.provider.pay(self.reference(order_id)))

    def confirm(self, order_id: int) -> Order:
        """Record a payment outside a provider, as the admin."""
        return use_cases.confirm(self.database, self.admin, order_id)

    def cancel(self, order_id: int) -> Order:
        """Cancel the order, as the customer."""
        return use_cases.cancel(self.database, self.customer, order_id)

    def ship(self, order_id: int) -> Order:
        """Ship the order, as the admin."""
        return use_cases.ship(self.database, self.admin, order_id)

    def refund(
        self,
        order_id: int,
        minor: int | None = None,
        *,
        restock: Sequence[tuple[int, int]] = (),
        key: IdempotencyKey | None = None,
    ) -> Refund:
        """Refund an amount or the whole rest, as the admin, and restock (product id, quantity)s."""
        requested = RequestedRefund(
            None if minor is None else to_decimal(minor, "USD"), "broken", [RestockLine(*units) for units in restock]
        )
        return refund_order(self.admin, order_id, requested, key, find_provider=self.find_provider, uow=self.uow)

    def key(self, key: str, order_id: int, body: object = None) -> IdempotencyKey:
        """The idempotency key of a request of the admin to refund the order."""
        found = idempotency_key(self.admin.user_id, [key], f"POST /api/v1/orders/{order_id}/refunds", body)
        assert found is not None
        return found

    # ---- webhooks and schedules

    def receive(self, update: Update | None, event_id: str | None = None) -> Outcome:
        """Handle a webhook of the provider. Returns its outcome."""
        name = event_id or f"evt_{next(_EVENT_NUMBERS)}_of_the_till"
        return apply_event(STRIPE, ProviderEvent(name, "fake.changed", update), self.uow)[0]

    def make_overdue(self, order_id: int) -> int:
        """End the time in which the order can be paid. Returns the order's id."""
        sql = "UPDATE orders SET expires_at = %(past)s WHERE id = %(id)s AND expires_at IS NOT NULL"
        self.database.execute(sql, {"past": _PAST, "id": order_id})
        return order_id

    def age(self, order_id: int, by: timedelta = timedelta(minutes=10)) -> None:
        """Move the start of the order's attempts and refunds into the past, and make their next checks due."""
        values = {"seconds": int(by.total_seconds()), "id": order_id, "past": _PAST}
        for table in ("payments", "refunds"):
            self.database.execute(
                f"""
                UPDATE {table}
                SET created_at = created_at - INTERVAL %(seconds)s SECOND,
                    next_check_at = IF(next_check_at IS NULL, NULL, %(past)s)
                WHERE order_id = %(id)s
                """,  # noqa: S608 - constants
                values,
            )

    def due_orders(self) -> list[int]:
        """The ids of the orders that can no longer be paid."""
        now, queries = datetime.now(UTC), self.uow.queries
        return [
            order.id
            for has_attempt in (True, False)
            for order in queries.unpaid_orders(now, None, 10, has_attempt=has_attempt)
        ]

    def expire(self, order_id: int) -> Outcome:
        """Expire the order, as the schedule does. Returns the outcome."""
        return expire_order(order_id, self.find_provider, self.uow)

    def place_and_expire(self) -> int:
        """Place an order, start its payment and let it expire. Returns its id."""
        order_id = self.place_and_start()
        self.make_overdue(order_id)
        assert self.expire(order_id) == "expired"
        return order_id

    def resolve(self) -> list[Outcome]:
        """Resolve all due payments, then refunds, as the schedule does. Returns the outcomes."""
        queries, find = self.uow.queries, self.find_provider
        search_outcomes = self.search(queries.due_searches(datetime.now(UTC), 100))
        payment_outcomes = [
            resolve_payment(each, find(each.provider), self.uow)
            for due in (queries.due_cancellations, queries.due_payments)
            for each in due(datetime.now(UTC), 100)
        ]
        refund_outcomes = [resolve_refund(each, find, self.uow) for each in queries.due_refunds(datetime.now(UTC), 100)]
        return search_outcomes + payment_outcomes + refund_outcomes

    def search(self, payments: Sequence[Payment]) -> list[Outcome]:
        """Search for attempts without a reference, as the schedule does. Returns the outcomes."""
        found = [each for each in search(payments, self.provider, self.uow) if each is not None]
        return [resolve_search_result(payment, intent, self.provider, self.uow) for payment, intent in found]

    # ---- the stored state

    def order(self, order_id: int) -> Order:
        """The order as stored."""
        return stored_order(self.database, order_id)

    def payments(self, order_id: int) -> list[Payment]:
        """Its attempts, oldest first."""
        return self.uow.queries.payments(order_id)

    def payment(self, order_id: int) -> Payment:
        """Its last attempt."""
        return self.payments(order_id)[-1]

    def refunds(self, order_id: int) -> list[Refund]:
        """Its refunds, oldest first."""
        return self.uow.queries.refunds(order_id)

    def entries(self, order_id: int) -> list[Entry]:
        """Its entries in the ledger of payments."""
        return self.uow.queries.entries(order_id)

    def kinds(self, order_id: int) -> list[str]:
        """The kinds of these entries."""
        return [entry.kind for entry in self.entries(order_id)]

    def history(self, order_id: int) -> list[HistoryEntry]:
        """The order's history."""
        return OrderQueries(self.database).history(order_id)

    def actions(self, order_id: int) -> list[str]:
        """The actions of its history."""
        return [entry.action for entry in self.history(order_id)]

    def reference(self, order_id: int) -> str:
        """The provider's reference of the last attempt, also if the shop has not stored it."""
        payment = self.payment(order_id)
        if payment.reference is not None:
            return payment.reference
        intents = self.provider.known_intents.values()
        return next(it.reference for it in intents if (it.order_id, it.attempt) == (order_id, payment.attempt))

    def intent(self, order_id: int) -> Intent:
        """The last attempt as the provider has it."""
        return self.provider.known_intents[self.reference(order_id)]

    def all_rows(self) -> list[object]:
        """All rows that a provider update may change."""
        return [self.database.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in _TABLES]  # noqa: S608
