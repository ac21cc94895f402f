"""Has orders paid, expired and refunded as the functions do, without HTTP, at a payment provider in memory."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
from microshop.payments.resolving import resolve_payment, resolve_searched
from microshop.payments.searching import search
from microshop.payments.starting import StartedPayment, start_payment
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform.mysql import Database
from tests.support import use_cases
from tests.support.catalogue import put_on_sale
from tests.support.fake_provider import FakeProvider
from tests.support.orders import a_customer, place
from tests.support.threads import at_once
from tests.support.use_cases import an_admin

STRIPE: Final = "stripe"
# What an order of a Till costs by itself: three kettles at 19.99, in cents, and no shipping.
TOTAL = 3 * 1999
_PAST = datetime(2026, 1, 1, tzinfo=UTC)
_EVENT_NUMBERS = itertools.count(1)
# All that a provider's word may change.
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
    """Where one customer pays; `admin` is who gives money back. `on` is the same till at another connection."""

    database: Database
    batching: Database
    customer: Caller
    admin: Caller
    provider: FakeProvider = field(default_factory=FakeProvider)

    @classmethod
    def opened(cls, database: Database, batching: Database) -> "Till":
        """A till with a customer and an admin of its own."""
        return cls(database, batching, a_customer(database), an_admin(database))

    def on(self, database: Database) -> "Till":
        """The same customer, admin and provider at a connection that another thread uses."""
        return replace(self, database=database)

    @property
    def uow(self) -> PaymentsUnitOfWork:
        """Of this connection."""
        return PaymentsUnitOfWork(self.database)

    def find_provider(self, name: str) -> PaymentProvider:
        """The provider in memory, or the real one for money that people hand over."""
        return self.provider if providers.is_automatic(name) else providers.provider(name)

    # ---- what customers and admins do

    def place(self, *items: tuple[int, int], payment_method: PaymentMethod = "card") -> int:
        """Order items as (product id, quantity), or three of a new product with ten on hand; the order's id."""
        wanted = items or [(put_on_sale(self.batching, stock=10), 3)]
        return int(place(self.batching, self.customer, wanted, payment_method=payment_method)["order_id"])

    def start(self, order_id: int) -> StartedPayment:
        """The customer asks to pay."""
        return start_payment(self.customer, order_id, STRIPE, self.provider, self.uow)

    def started(self, *items: tuple[int, int]) -> int:
        """Place an order and begin its payment; its id."""
        order_id = self.place(*items)
        self.start(order_id)
        return order_id

    def paid(self, *items: tuple[int, int]) -> int:
        """An order that was paid by card; its id."""
        order_id = self.started(*items)
        assert self.pay(order_id) == "paid"
        return order_id

    def unsure(self, *, acted: bool = True) -> int:
        """An order whose attempt was begun at a provider that did not answer; its id."""
        order_id = self.place()
        self.provider.fail("start", PaymentOutcomeUnknown("timeout"), acted=acted)
        try:
            self.start(order_id)
        except PaymentOutcomeUnknown:
            return order_id
        raise AssertionError("the provider has answered")

    def confirmed(self, *items: tuple[int, int]) -> int:
        """An order that an admin has recorded as paid by hand; its id."""
        order_id = self.place(*items)
        self.confirm(order_id)
        return order_id

    def pay(self, order_id: int) -> Outcome:
        """The customer pays the last attempt, and the provider tells so; what that did."""
        return self.tell(self.provider.pay(self.reference(order_id)))

    def confirm(self, order_id: int) -> Order:
        """An admin records that it was paid by hand."""
        return use_cases.confirm(self.database, self.admin, order_id)

    def cancel(self, order_id: int) -> Order:
        """The customer calls the order off."""
        return use_cases.cancel(self.database, self.customer, order_id)

    def ship(self, order_id: int) -> Order:
        """An admin records that it is on its way."""
        return use_cases.ship(self.database, self.admin, order_id)

    def refund(
        self,
        order_id: int,
        minor: int | None = None,
        *,
        restock: Sequence[tuple[int, int]] = (),
        key: IdempotencyKey | None = None,
    ) -> Refund:
        """An admin gives an amount back, or all that is left, with units as (product id, quantity)."""
        wanted = RequestedRefund(
            None if minor is None else to_decimal(minor, "USD"), "broken", [RestockLine(*units) for units in restock]
        )
        return refund_order(self.admin, order_id, wanted, key, find_provider=self.find_provider, uow=self.uow)

    def key(self, key: str, order_id: int, body: object = None) -> IdempotencyKey:
        """A key as a request of the admin to refund that order brings it."""
        found = idempotency_key(self.admin.user_id, [key], f"POST /api/v1/orders/{order_id}/refunds", body)
        assert found is not None
        return found

    # ---- what the provider tells, and what the schedules do

    def tell(self, update: Update | None, event_id: str | None = None) -> Outcome:
        """The provider's webhook comes in; what it did."""
        name = event_id or f"evt_told_{next(_EVENT_NUMBERS)}"
        return apply_event(STRIPE, ProviderEvent(name, "fake.changed", update), self.uow)[0]

    def pass_time(self, order_id: int) -> None:
        """The time in which the order can be paid has passed."""
        sql = "UPDATE orders SET expires_at = %(past)s WHERE id = %(id)s AND expires_at IS NOT NULL"
        self.database.execute(sql, {"past": _PAST, "id": order_id})

    def age(self, order_id: int, by: timedelta = timedelta(minutes=10)) -> None:
        """The order's attempts and refunds were begun so much earlier, and all that waits is due."""
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
        """The orders whose time to be paid has passed."""
        now, queries = datetime.now(UTC), self.uow.queries
        return [order_id for begun in (True, False) for order_id in queries.unpaid_orders(now, 0, 10, begun=begun)]

    def expire(self, order_id: int) -> Outcome:
        """The schedule takes the order up; what that did."""
        return expire_order(order_id, self.find_provider, self.uow)

    def expired(self) -> int:
        """An order that was begun to be paid and has expired; its id."""
        order_id = self.started()
        self.pass_time(order_id)
        assert self.expire(order_id) == "expired"
        return order_id

    def resolve(self) -> list[Outcome]:
        """The schedule takes up all that is due, payments first; what that did."""
        queries, find = self.uow.queries, self.find_provider
        searched = self.search(queries.due_searches(datetime.now(UTC), 100))
        asked = [
            resolve_payment(each, find(each.provider), self.uow)
            for due in (queries.due_cancellations, queries.due_payments)
            for each in due(datetime.now(UTC), 100)
        ]
        made = [resolve_refund(each, find, self.uow) for each in queries.due_refunds(datetime.now(UTC), 100)]
        return searched + asked + made

    def search(self, payments: Sequence[Payment]) -> list[Outcome]:
        """The schedule searches for attempts that have no reference; what that did."""
        found = [each for each in search(payments, self.provider, self.uow) if each is not None]
        return [resolve_searched(payment, intent, self.provider, self.uow) for payment, intent in found]

    # ---- what there is then

    def order(self, order_id: int) -> Order:
        """The order as it is."""
        order = OrderQueries(self.database).by_id(order_id, None)
        assert order is not None
        return order

    def payments(self, order_id: int) -> list[Payment]:
        """Its attempts, the first one first."""
        return self.uow.queries.payments(order_id)

    def payment(self, order_id: int) -> Payment:
        """Its last attempt."""
        return self.payments(order_id)[-1]

    def refunds(self, order_id: int) -> list[Refund]:
        """Its refunds, the first one first."""
        return self.uow.queries.refunds(order_id)

    def entries(self, order_id: int) -> list[Entry]:
        """Its ledger."""
        return self.uow.queries.entries(order_id)

    def kinds(self, order_id: int) -> list[str]:
        """What its ledger tells, without the details."""
        return [entry.kind for entry in self.entries(order_id)]

    def history(self, order_id: int) -> list[HistoryEntry]:
        """What the order went through."""
        return OrderQueries(self.database).history(order_id)

    def actions(self, order_id: int) -> list[str]:
        """The same, without the details."""
        return [entry.action for entry in self.history(order_id)]

    def reference(self, order_id: int) -> str:
        """How the provider calls the last attempt, whether the shop knows that or not."""
        payment = self.payment(order_id)
        if payment.reference is not None:
            return payment.reference
        intents = self.provider.known_intents.values()
        return next(it.reference for it in intents if (it.order_id, it.attempt) == (order_id, payment.attempt))

    def intent(self, order_id: int) -> Intent:
        """The last attempt as the provider has it."""
        return self.provider.known_intents[self.reference(order_id)]

    def everything(self) -> list[object]:
        """All that a provider's word may change."""
        return [self.database.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in _TABLES]  # noqa: S608


def together(*actions: Callable[[], object]) -> list[object]:
    """What the actions return or raise, all begun at the same moment."""
    return list(at_once(len(actions), lambda number: actions[number]()))


def _decimal(minor: int | None) -> str | None:
    return None if minor is None else to_decimal(minor, "USD")
