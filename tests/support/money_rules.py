"""Rules for payments: actions of customers, admins, banks and the provider in any order, with failures."""

from functools import partial
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from microshop.errors import IdempotencyKeyReused, OrderDisputed, PaymentPeriodOver, RefundTooLarge, WrongOrderState
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import Intent, RefundStatus
from microshop.platform.mysql import Row
from tests.support import use_cases
from tests.support.concurrent_actions import ACTIONS, action_on
from tests.support.fault_strategies import FAULTS, NO_FAULTS, NTH, ORDER_FAULTS, RARELY, REFUND_STATUS, Faults
from tests.support.money_under_test import STRIPE
from tests.support.shop_rules import Purchase, Refusal, ShopRules
from tests.support.shop_under_test import Outcome, ShopUnderTest

type _Way = Literal[
    "pay", "pay another amount", "pay in another currency", "pay and be refunded", "process", "decline", "cancel"
]
type _Refunding = tuple[int, int | None, tuple[tuple[int, int], ...]]  # order, amount (None: all), units of products

_WAYS = st.sampled_from(
    ["pay"] * 6
    + ["process"] * 2
    + ["decline"] * 2
    + ["cancel", "pay another amount", "pay in another currency", "pay and be refunded"]
)
_THEN = st.sampled_from([None, None, "pay", "pay", "pay", "pay and be refunded", "process", "decline"])
_ACTIONS, _AFTER = st.sampled_from(ACTIONS), st.sampled_from([None] * 3 + list(range(2, 12)))
_PLACES = st.integers(0, 30)


class MoneyRules(ShopRules):
    """Rules for payments and refunds, added to those for orders."""

    def __init__(self, shop: ShopUnderTest) -> None:
        super().__init__(shop)
        # Key → the first refund that was requested with it.
        self._refunds_asked: dict[str, _Refunding] = {}

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

    # ---- concurrent actions

    @rule(nth=NTH, paid=st.booleans(), first=_ACTIONS, second=_ACTIONS, after=_AFTER, refund_status=REFUND_STATUS)
    def act_concurrently(
        self, nth: int, *, paid: bool, first: str, second: str, after: int | None, refund_status: RefundStatus
    ) -> None:
        """The second runs after some statements of the first, or after it."""
        shop, order_id = self._shop, self._choose(nth, self._paid() if paid else self._waiting())
        shop.money.provider.refund_status = refund_status
        faults = NO_FAULTS if after is None else Faults(between=(after, second))
        self._do(order_id, action_on(first, order_id, shop, shop.worker), None, faults, may_be_refused=True)
        if after is None:
            self._do(order_id, action_on(second, order_id, shop, shop.worker), None, NO_FAULTS, may_be_refused=True)

    # ---- admins

    @rule(
        nth=NTH,
        part=st.sampled_from([None, None, 100, 700]),
        units=st.integers(0, 3),
        key=st.sampled_from(["", "one", "two"]),
        refund_status=REFUND_STATUS,
        faults=FAULTS,
    )
    def refund(
        self, nth: int, *, part: int | None, units: int, key: str, refund_status: RefundStatus, faults: Faults
    ) -> None:
        self._shop.money.provider.refund_status = refund_status
        order_id = self._choose(nth, self._paid())
        product_id = next(iter(self._model.orders[order_id].units))
        wanted: _Refunding = (order_id, part, ((product_id, units),) if units else ())
        if self._refund(wanted, key, faults).lost and key:
            self._refund(wanted, key, NO_FAULTS)

    @rule(refund_status=REFUND_STATUS, faults=FAULTS)
    def repeat_refunds(self, refund_status: RefundStatus, faults: Faults) -> None:
        self._shop.money.provider.refund_status = refund_status
        for key, wanted in self._refunds_asked.items():
            self._refund(wanted, key, faults)

    def _refund(self, wanted: _Refunding, key: str, faults: Faults) -> Outcome:
        shop, money = self._shop, self._shop.money
        order_id, minor, back = wanted
        outcome = self._do(
            order_id,
            lambda: money.refund(shop.worker, shop.admin, order_id, minor, dict(back), key=key),
            self._refusal_of_refund(wanted, key),
            faults,
            invalidates=True,
        )
        if key and key not in self._refunds_asked and money.was_requested(key):
            self._refunds_asked[key] = wanted
        return outcome

    @rule(nth=NTH, minor=st.sampled_from([None, None, 0, 800]), faults=ORDER_FAULTS)
    def settle_a_return(self, nth: int, minor: int | None, faults: Faults) -> None:
        """Settle at the refunded amount, or at another, which may be too small or too large."""
        if returned := [key for key, order in self._model.orders.items() if order.status == "returned"]:
            order_id = returned[nth % len(returned)]
            act = partial(use_cases.settle, self._shop.worker, self._shop.admin, order_id, minor)
            self._do(order_id, act, None, faults, may_be_refused=True)

    # ---- the schedules

    @rule(nth=NTH, late=st.booleans(), runs=st.booleans(), faults=FAULTS)
    def expire(self, nth: int, *, late: bool, runs: bool, faults: Faults) -> None:
        if late:
            self._make_overdue(self._choose(nth, self._waiting()))
        if runs:
            self._expire(faults)

    def _make_overdue(self, order_id: int) -> None:
        self._shop.money.make_overdue(order_id)
        self._model.orders[order_id].late = True

    def _expire(self, faults: Faults) -> None:
        shop, money = self._shop, self._shop.money
        for order_id in money.due_orders():
            self._do(order_id, partial(money.expire, shop.worker, order_id), None, faults)

    @rule(refund_status=REFUND_STATUS, faults=FAULTS)
    def resolve(self, refund_status: RefundStatus, faults: Faults) -> None:
        self._shop.money.provider.refund_status = refund_status
        self._resolve(faults)

    @rule(nth=NTH, whole=st.booleans(), refund_status=REFUND_STATUS, first=FAULTS, later=FAULTS)
    def refund_during_an_outage(
        self, nth: int, *, whole: bool, refund_status: RefundStatus, first: Faults, later: Faults
    ) -> None:
        """Refund or cancel an order, and resolve it a day later, when the provider has forgotten the keys."""
        self._shop.money.provider.refund_status = refund_status
        if not (paid := self._paid()):
            return
        order_id = paid[nth % len(paid)]
        if whole:
            faults = Faults(lost=first.lost)
            self._do(
                order_id,
                action_on("cancel", order_id, self._shop, self._shop.worker),
                None,
                faults,
                may_be_refused=True,
            )
        else:
            self._refund((order_id, 100, ()), "", first)
        for faults in (first, later):
            self._shop.money.make_schedules_due()
            self._shop.money.provider.forget_refund_keys()
            self._resolve(faults)

    def _resolve(self, faults: Faults) -> None:
        for act, order_id in self._shop.money.due(self._shop.worker):
            self._do(order_id, act, None, faults)

    def _settle(self) -> None:
        money = self._shop.money
        money.provider.refund_status = "succeeded"
        self._settle_with_webhooks()
        if money.provider.lost:
            self._settle_without_webhooks()
        super()._settle()

    def _settle_with_webhooks(self) -> None:
        """Deliver all webhooks and resolve all that is due, until nothing changes."""
        money = self._shop.money
        before: object = None
        while (now := money.states()) != before:
            before = now
            while money.provider.pending:
                self._deliver_webhook(0, NO_FAULTS)
            money.make_schedules_due()
            self._resolve(NO_FAULTS)

    def _settle_without_webhooks(self) -> None:
        """Expire the orders, which queries their attempts, and reconcile with the provider."""
        money = self._shop.money
        for order_id in self._waiting():
            self._make_overdue(order_id)
        self._expire(NO_FAULTS)
        self._do(0, lambda: money.reconcile(self._shop.worker), None, NO_FAULTS)
        self._settle_with_webhooks()
        money.provider.lost.clear()

    # ---- expectations

    def _paid(self) -> list[int]:
        return [row["order_id"] for row in self._shop.money.payments() if row["captured_minor"] or _is_free(row)]

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

    def _refusal_of_refund(self, wanted: _Refunding, key: str) -> Refusal:
        order_id, minor, back = wanted
        if key in self._refunds_asked:
            return None if self._refunds_asked[key] == wanted else IdempotencyKeyReused
        order, live = self._model.orders[order_id], self._shop.money.live(order_id)
        in_review = live is not None and live["state"] == "mismatched" and not back
        if live is None or live["state"] not in ("captured", "mismatched"):
            return WrongOrderState
        if order.status == "pending" and not in_review:
            return WrongOrderState
        left = live["captured_minor"] - live["refunded_minor"]
        refundable = max(0, left - self._shop.money.withheld(live["id"]))
        decided = live["return_refund_minor"]
        due = refundable if decided is None else min(refundable, max(0, decided - live["refunded_minor"]))
        amount = minor or due
        if refundable < (amount or left) <= left:
            return OrderDisputed
        gone = order.back + self._shop.money.reserved(order_id)
        too_many = any(gone[product_id] + units > order.units.get(product_id, 0) for product_id, units in back)
        nothing = not amount and not (_is_free(live) and back)
        return RefundTooLarge if too_many or nothing or amount > left else None


def _is_free(payment: Row) -> bool:
    """Whether the order had nothing to pay: its refunds return units and no money."""
    return bool(payment["provider"] == "free")
