"""Rules for payments at the provider: actions of customers, banks and the dashboard, and their webhooks."""

from functools import partial
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from microshop.errors import PaymentPeriodOver, WrongOrderState
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import Intent
from tests.support.fault_strategies import FAULTS, NO_FAULTS, NTH, RARELY, Faults
from tests.support.money_under_test import STRIPE
from tests.support.shop_rules import Purchase, Refusal, ShopRules

type _Way = Literal[
    "pay", "pay another amount", "pay in another currency", "pay and be refunded", "process", "decline", "cancel"
]

_WAYS = st.sampled_from(
    ["pay"] * 6
    + ["process"] * 2
    + ["decline"] * 2
    + ["cancel", "pay another amount", "pay in another currency", "pay and be refunded"]
)
_THEN = st.sampled_from([None, None, "pay", "pay", "pay", "pay and be refunded", "process", "decline"])
_PLACES = st.integers(0, 30)


class ProviderRules(ShopRules):
    """Rules for payments at the provider, added to those for orders."""

    def _begin(self) -> None:
        product_id = max(self._model.products)
        for way in ("pay", None):
            self._place(Purchase(0, ((product_id, 3),), by_card=True), "", None)
            self._pay_by_card(max(self._model.orders), NO_FAULTS, way, deliver=True)

    # ---- customers

    @rule(nth=NTH, anyhow=RARELY, then=_THEN, deliver=st.booleans(), faults=FAULTS)
    def pay_by_card(self, nth: int, *, anyhow: bool, then: _Way | None, deliver: bool, faults: Faults) -> None:
        order_id = self._choose(nth, () if anyhow else self._waiting())
        self._pay_by_card(order_id, faults, then, deliver=deliver)

    def _pay_by_card(self, order_id: int, faults: Faults, then: _Way | None, *, deliver: bool) -> None:
        shop, money = self._shop, self._shop.money
        owner = shop.owner_of(order_id)
        self._do(order_id, lambda: money.start(shop.worker, owner, order_id), self._refusal_of_start(order_id), faults)
        if then and (intents := money.provider.open_intents(order_id)):
            self._act(intents[-1], then, deliver=deliver)

    @rule(nth=NTH, way=_WAYS, deliver=st.booleans())
    def act_at_the_provider(self, nth: int, way: _Way, *, deliver: bool) -> None:
        if intents := self._shop.money.provider.open_intents():
            self._act(intents[nth % len(intents)], way, deliver=deliver)

    @rule(nth=NTH, end=st.sampled_from(["cancelled", "confirmed", "expired"]), way=_WAYS, deliver=st.booleans())
    def end_while_the_customer_pays(self, nth: int, end: str, way: _Way, *, deliver: bool) -> None:
        if not (waiting := self._waiting()):
            return
        order_id = waiting[nth % len(waiting)]
        self._pay_by_card(order_id, NO_FAULTS, None, deliver=False)
        if end == "expired":
            self._make_overdue(order_id)
            self._expire(NO_FAULTS)
        else:
            self._step(end, order_id, self._shop.admin, NO_FAULTS)
        for intent in self._shop.money.provider.open_intents(order_id)[-1:]:
            self._act(intent, way, deliver=deliver)

    def _act(self, intent: Intent, way: _Way, *, deliver: bool) -> None:
        provider = self._shop.money.provider
        match way:
            case "pay":
                provider.pay(intent.reference)
            case "pay another amount":
                provider.pay(intent.reference, minor=intent.amount_minor - 1)
            case "pay in another currency":
                provider.pay(intent.reference, currency="EUR")
            case "pay and be refunded":
                provider.pay(intent.reference)
                provider.collect_webhooks()
                provider.refund_in_dashboard(intent.reference, 100)
            case "process":
                provider.process(intent.reference)
            case "decline":
                provider.decline(intent.reference)
            case "cancel":
                provider.cancel_in_dashboard(intent.reference)
        self._collect_webhooks(deliver=deliver)

    def _collect_webhooks(self, *, deliver: bool) -> None:
        self._shop.money.provider.collect_webhooks()
        if deliver:
            self._deliver_webhook(-1, NO_FAULTS)

    # ---- the provider and the banks

    @rule(place=_PLACES, faults=FAULTS)
    def deliver_webhook(self, place: int, faults: Faults) -> None:
        self._deliver_webhook(place, faults)

    @rule(place=_PLACES)
    def deliver_webhook_again(self, place: int) -> None:
        shop, delivered = self._shop, self._shop.money.provider.delivered
        if delivered:
            outcome = shop.do(None, lambda: shop.money.receive(shop.worker, delivered[place % len(delivered)]))
            assert (outcome.answer, outcome.done) == ("duplicate", False)

    def _deliver_webhook(self, place: int, faults: Faults) -> None:
        shop, money = self._shop, self._shop.money
        if pending := money.provider.pending:
            event = pending[place % len(pending)]
            outcome = self._do(money.order_of(event), lambda: money.receive(shop.worker, event), None, faults)
            if not outcome.lost:  # otherwise the provider repeats it
                money.provider.mark_delivered(event)

    @rule(place=_PLACES, meant=RARELY)
    def lose_webhook(self, place: int, *, meant: bool) -> None:
        provider = self._shop.money.provider
        if provider.pending and meant:
            provider.lose(provider.pending[place % len(provider.pending)])

    @rule(nth=NTH, whole=st.booleans(), deliver=st.booleans())
    def refund_in_the_dashboard(self, nth: int, *, whole: bool, deliver: bool) -> None:
        provider = self._shop.money.provider
        if paid := [it for it in provider.known_intents.values() if provider.left(it)]:
            intent = paid[nth % len(paid)]
            left = provider.left(intent)
            provider.refund_in_dashboard(intent.reference, left if whole else (left + 1) // 2)
            self._collect_webhooks(deliver=deliver)

    @rule(nth=NTH, takes=st.booleans(), deliver=st.booleans())
    def bank_decides(self, nth: int, *, takes: bool, deliver: bool) -> None:
        provider = self._shop.money.provider
        if made := [it for it in provider.known_refunds.values() if it.status != "failed"]:
            decide = provider.settle_refund if takes else provider.fail_refund
            decide(made[nth % len(made)].reference)
            self._collect_webhooks(deliver=deliver)

    @rule(
        nth=NTH,
        opened=st.sampled_from(["inquiry", "open", "open"]),
        part=st.sampled_from([None, 100, 1500]),
        deliver=st.booleans(),
    )
    def dispute(self, nth: int, opened: DisputeStatus, part: int | None, *, deliver: bool) -> None:
        provider = self._shop.money.provider
        if paid := [it for it in provider.known_intents.values() if it.status == "captured"]:
            provider.dispute(paid[nth % len(paid)].reference, opened, part)
            self._collect_webhooks(deliver=deliver)

    @rule(nth=NTH, end=st.sampled_from(["open", "won", "won", "lost", "closed"]), deliver=st.booleans())
    def decide_a_dispute(self, nth: int, end: DisputeStatus, *, deliver: bool) -> None:
        provider = self._shop.money.provider
        # A lost dispute may be reopened by an appeal.
        if opened := [it for it in provider.known_disputes.values() if it.status in ("inquiry", "open", "lost")]:
            provider.update_dispute(opened[nth % len(opened)].reference, end)
            self._collect_webhooks(deliver=deliver)

    # ---- expectations

    def _make_overdue(self, order_id: int) -> None:
        self._shop.money.make_overdue(order_id)
        self._model.orders[order_id].late = True

    def _expire(self, faults: Faults) -> None:
        shop, money = self._shop, self._shop.money
        for order_id in money.due_orders():
            self._do(order_id, partial(money.expire, shop.worker, order_id), None, faults)

    def _waiting(self) -> list[int]:
        return [key for key, each in self._model.orders.items() if each.by_card and each.status == "pending"]

    def _refusal_of_start(self, order_id: int) -> Refusal:
        order, live = self._model.orders[order_id], self._shop.money.live(order_id)
        is_paid = live is not None and live["state"] == "captured" and live["provider"] in (STRIPE, "free")
        if is_paid and not order.called_off:
            return None
        if not order.by_card or order.status != "pending" or (live and live["state"] == "mismatched"):
            return WrongOrderState
        cancelled = live is not None and self._shop.money.is_cancelled(live)
        return PaymentPeriodOver if order.late and (order.payment_status == "unpaid" or cancelled) else None
