"""A shop with a payment provider in memory, for tests that corrupt its books and reconcile them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from microshop.messaging.relaying import relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.money import to_decimal
from microshop.orders.order import Order, PaymentMethod
from microshop.payments.expiring import expire_order
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import Refund, RequestedRefund, RestockLine
from microshop.payments.provider_updates import apply_update
from microshop.payments.refund_sending import resolve_refund
from microshop.payments.refunding import refund_order
from microshop.payments.starting import start_payment
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform.mysql import Database
from microshop.reconciliation.change_queries import ChangeQueries
from microshop.reconciliation.check import Extent, Window
from microshop.reconciliation.progress_repository import Progress
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import never, reconcile
from microshop.reconciliation.report import Report
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from tests.support.catalogue import put_on_sale
from tests.support.consumers import inboxes
from tests.support.fake_provider import FakeProvider
from tests.support.orders import a_customer, place, stored_order
from tests.support.tables import empty
from tests.support.use_cases import an_admin

_EXPIRE = "UPDATE orders SET expires_at = created_at WHERE id = %(id)s"
_REPAIRS = "SELECT kind, subject, note FROM repairs ORDER BY id"
_CONSUMED = """
INSERT IGNORE INTO inbox (consumer, event_id, claimed_until, done_at)
SELECT consumers.name, outbox.event_id, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
FROM outbox
JOIN (
    SELECT name FROM JSON_TABLE(%(consumers)s, '$[*]' COLUMNS (name VARCHAR(64) PATH '$')) AS named
) AS consumers
"""


class PaidShop:
    """A shop with 20 kettles, a customer, an admin, and a fake as the provider `stripe`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.provider = FakeProvider()
        self.customer, self.admin = a_customer(database), an_admin(database)
        self.product_id = put_on_sale(database, price_minor=1999, stock=20)
        self.uow = PaymentsUnitOfWork(database)

    def place(self, quantity: int = 2, payment_method: PaymentMethod = "card") -> int:
        """Order so many kettles. Returns the order's id."""
        placed = place(self.database, self.customer, [(self.product_id, quantity)], payment_method=payment_method)
        return int(placed["order_id"])

    def start(self, order_id: int) -> str:
        """Start a payment. Returns the provider's reference."""
        start_payment(self.customer, order_id, "stripe", self.provider, self.uow)
        return next(intent.reference for intent in self.provider.known_intents.values() if intent.order_id == order_id)

    def pay(self, order_id: int) -> str:
        """Pay, and handle the webhook. Returns the provider's reference."""
        reference = self.start(order_id)
        self.hear_of_payment(self.provider.pay(reference).reference)
        return reference

    def hear_of_payment(self, reference: str) -> Outcome:
        """Handle the webhook of an attempt. Returns the outcome."""
        return apply_update("stripe", self.provider.known_intents[reference], self.uow)

    def hear_of_refund(self, reference: str) -> Outcome:
        """Handle the webhook of a refund. Returns the outcome."""
        return apply_update("stripe", self.provider.known_refunds[reference], self.uow)

    def refund(self, order_id: int, minor: int | None, *, units: int = 0) -> Refund:
        """Refund money and restock units."""
        restock = [RestockLine(self.product_id, units)] if units else []
        wanted = RequestedRefund(None if minor is None else to_decimal(minor, "USD"), "broken", restock)
        return refund_order(self.admin, order_id, wanted, None, find_provider=lambda _: self.provider, uow=self.uow)

    def send_refunds(self) -> None:
        """Send the due refunds, as the schedule does."""
        for refund in self.uow.queries.due_refunds(datetime.now(UTC) + timedelta(minutes=1), 10):
            resolve_refund(refund, lambda _: self.provider, self.uow)

    def expire(self, order_id: int) -> Outcome:
        """Make the order overdue and expire it. Returns the outcome."""
        self.database.execute(_EXPIRE, {"id": order_id})
        return expire_order(order_id, lambda _: self.provider, self.uow)

    def order(self, order_id: int) -> Order:
        """The order as stored."""
        return stored_order(self.database, order_id)

    def deliver_events(self) -> None:
        """Publish all events and mark them as handled by every consumer."""
        relay_batch(lambda rows: [None] * len(rows), OutboxUnitOfWork(self.database))
        self.database.execute(_CONSUMED, {"consumers": json.dumps([*inboxes()])})

    def reconcile(
        self,
        *,
        repairs: bool = False,
        days: int | None = None,
        extent: Extent | None = None,
        minutes_later: int = 10,
        while_waiting: str = "",
        must_stop: Callable[[], bool] = never,
        must_end: Callable[[], bool] = never,
        books: Books | None = None,
    ) -> Report:
        """Reconcile as of some minutes later. The webhook of the attempt `while_waiting` arrives in the meantime."""
        return reconcile(
            Window.of_days(days, datetime.now(UTC) + timedelta(minutes=minutes_later), extent=extent),
            inboxes=inboxes(),
            providers=("stripe",),
            find_provider=lambda _: self.provider,
            wait=lambda: self.hear_of_payment(while_waiting) if while_waiting else None,
            books=books or Books(self.database),
            changes=ChangeQueries(self.database),
            progress=Progress(self.database),
            uow=RepairsUnitOfWork(self.database),
            repairs=repairs,
            must_stop=must_stop,
            must_end=must_end,
        )

    def repairs(self) -> list[dict[str, object]]:
        """The log of repairs."""
        return self.database.rows(_REPAIRS)

    def empty(self) -> None:
        """Delete everything, because the next test needs books that agree."""
        self.database.rollback()
        empty(self.database)
