"""The units of work that change an order together with its payments."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.errors import TransactionConflict
from microshop.orders.repository import OrderRepository, StockReturns
from microshop.orders.unit_of_work import OrdersUnitOfWork
from microshop.payments.ledger_repository import LedgerRepository
from microshop.payments.order_payment_service import OrderPaymentService
from microshop.payments.queries import PaymentQueries
from microshop.payments.refund_repository import RefundRepository
from microshop.payments.repository import PaymentRepository, ProviderEvents
from microshop.platform.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.dispute_repository import DisputeRepository
    from microshop.payments.payment import Payment, Refund
    from microshop.platform.mysql import Database


class PaymentsUnitOfWork(UnitOfWork):
    """A transaction that changes an order, its payments and refunds, and their ledger."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.orders = OrderRepository(database)
        self.stock = StockReturns(database)
        self.queries = PaymentQueries(database)
        self.ledger = LedgerRepository(database)
        self.payments = PaymentRepository(database, self.queries, self.ledger)
        self.refunds = RefundRepository(database, self.queries, self.ledger)
        self.provider_events = ProviderEvents(database)
        self.audit = AuditLog(database)

    @functools.cached_property
    def disputes(self) -> DisputeRepository:
        """The disputes of payments."""
        from microshop.payments.dispute_repository import DisputeRepository  # noqa: PLC0415 - few functions need it

        return DisputeRepository(self._database)

    def lock_payment(self, payment: Payment) -> tuple[Payment, Order]:
        """Lock the order of a payment. Returns the payment and the order as read under the lock.

        Raises:
            TransactionConflict: one of them no longer exists.
        """
        order = self.orders.lock(payment.order_id, None)
        current = self._payment(payment.order_id, payment.id)
        if order is None or current is None:
            raise TransactionConflict("a payment or its order no longer exists")
        return current, order

    def lock_refund(self, refund: Refund) -> tuple[Refund, Payment, Order]:
        """Lock the order of a refund. Returns the refund, its payment and the order as read under the lock.

        Raises:
            TransactionConflict: one of them no longer exists.
        """
        order = self.orders.lock(refund.order_id, None)
        current = self.queries.refund(refund.id)
        payment = self._payment(refund.order_id, refund.payment_id)
        if order is None or current is None or payment is None:
            raise TransactionConflict("a refund or its order no longer exists")
        return current, payment, order

    def _payment(self, order_id: int, payment_id: int) -> Payment | None:
        return next((payment for payment in self.queries.payments(order_id) if payment.id == payment_id), None)


def orders_unit_of_work(database: Database) -> OrdersUnitOfWork:
    """Returns the unit of work of orders, with its port to the payments."""
    queries, ledger = PaymentQueries(database), LedgerRepository(database)
    payments = PaymentRepository(database, queries, ledger)
    refunds = RefundRepository(database, queries, ledger)
    return OrdersUnitOfWork(database, OrderPaymentService(queries, payments, refunds))
