"""What customers, admins, banks and the payment provider do with money, in whatever order, and what fails of that."""

from functools import partial
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from microshop.errors import IdempotencyKeyReused, OrderDisputed, PaymentPeriodOver, RefundTooLarge, WrongOrderState
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import Intent, RefundStatus
from microshop.platform.mysql import Row
from tests.support import use_cases
from tests.support.chances import NO_TROUBLE, NTH, RARELY, REFUNDS_BECOME, TROUBLE, TROUBLE_OF_ORDERS, Trouble
from tests.support.intruders import DEEDS, deed
from tests.support.money_under_test import STRIPE
from tests.support.shop_rules import Purchase, Refusal, ShopRules
from tests.support.shop_under_test import Outcome, ShopUnderTest

type _Way = Literal[
    "pay", "pay another amount", "pay in another currency", "pay and be refunded", "process", "decline", "call off"
]
type _Refunding = tuple[int, int | None, tuple[tuple[int, int], ...]]  # order, amount (None: all), units of products

_WAYS = st.sampled_from(
    ["pay"] * 6
    + ["process"] * 2
    + ["decline"] * 2
    + ["call off", "pay another amount", "pay in another currency", "pay and be refunded"]
)
_THEN = st.sampled_from([None, None, "pay", "pay", "pay", "pay and be refunded", "process", "decline"])
_DEEDS, _AFTER = st.sampled_from(DEEDS), st.sampled_from([None] * 3 + list(range(2, 12)))
_PLACES = st.integers(0, 30)


class MoneyRules(ShopRules):
    """What is done with money, besides all that is done with orders."""

    def __init__(self, shop: ShopUnderTest) -> None:
        super().__init__(shop)
        # The refund that was asked for first with each key.
        self._refunds_asked: dict[str, _Refunding] = {}

    def _begin(self) -> None:
        product_id = max(self._model.products)
        for way in ("pay", None):
            self._place(Purchase(0, ((product_id, 3),), by_card=True), "", None)
            self._pay_by_card(max(self._model.orders), NO_TROUBLE, way, heard=True)

    # ---- customers

    @rule(nth=NTH, anyhow=RARELY, then=_THEN, heard=st.booleans(), trouble=TROUBLE)
    def pay_by_card(self, nth: int, *, anyhow: bool, then: _Way | None, heard: bool, trouble: Trouble) -> None:
        order_id = self._choose(nth, () if anyhow else self._waiting())
        self._pay_by_card(order_id, trouble, then, heard=heard)

    def _pay_by_card(self, order_id: int, trouble: Trouble, then: _Way | None, *, heard: bool) -> None:
        shop, money = self._shop, self._shop.money
        owner = shop.owner_of(order_id)
        self._do(order_id, lambda: money.start(shop.worker, owner, order_id), self._refusal_of_start(order_id), trouble)
        if then and (intents := money.provider.open_intents(order_id)):
            self._act(intents[-1], then, heard=heard)

    @rule(nth=NTH, way=_WAYS, heard=st.booleans())
    def act_at_the_provider(self, nth: int, way: _Way, *, heard: bool) -> None:
        if intents := self._shop.money.provider.open_intents():
            self._act(intents[nth % len(intents)], way, heard=heard)

    @rule(nth=NTH, end=st.sampled_from(["cancelled", "confirmed", "expired"]), way=_WAYS, heard=st.booleans())
    def end_while_the_customer_pays(self, nth: int, end: str, way: _Way, *, heard: bool) -> None:
        if not (waiting := self._waiting()):
            return
        order_id = waiting[nth % len(waiting)]
        self._pay_by_card(order_id, NO_TROUBLE, None, heard=False)
        if end == "expired":
            self._is_late(order_id)
            self._expire(NO_TROUBLE)
        else:
            self._move_on(end, order_id, self._shop.admin, NO_TROUBLE)
        for intent in self._shop.money.provider.open_intents(order_id)[-1:]:
            self._act(intent, way, heard=heard)

    def _act(self, intent: Intent, way: _Way, *, heard: bool) -> None:
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
                provider.find_news()
                provider.refund_made_elsewhere(intent.reference, 100)
            case "process":
                provider.process(intent.reference)
            case "decline":
                provider.decline(intent.reference)
            case "call off":
                provider.call_off(intent.reference)
        self._has_acted(heard=heard)

    def _has_acted(self, *, heard: bool) -> None:
        self._shop.money.provider.find_news()
        if heard:
            self._hear(-1, NO_TROUBLE)

    # ---- the provider and the banks

    @rule(place=_PLACES, trouble=TROUBLE)
    def tell(self, place: int, trouble: Trouble) -> None:
        self._hear(place, trouble)

    @rule(place=_PLACES)
    def tell_again(self, place: int) -> None:
        shop, heard = self._shop, self._shop.money.provider.heard
        if heard:
            outcome = shop.do(None, lambda: shop.money.hear(shop.worker, heard[place % len(heard)]))
            assert (outcome.answer, outcome.done) == ("duplicate", False)

    def _hear(self, place: int, trouble: Trouble) -> None:
        shop, money = self._shop, self._shop.money
        if unheard := money.provider.unheard:
            event = unheard[place % len(unheard)]
            outcome = self._do(money.order_of(event), lambda: money.hear(shop.worker, event), None, trouble)
            if not outcome.lost:  # else it comes again
                money.provider.has_told(event)

    @rule(place=_PLACES, meant=RARELY)
    def never_tell(self, place: int, *, meant: bool) -> None:
        provider = self._shop.money.provider
        if provider.unheard and meant:
            provider.is_lost(provider.unheard[place % len(provider.unheard)])

    @rule(nth=NTH, whole=st.booleans(), heard=st.booleans())
    def refund_in_the_dashboard(self, nth: int, *, whole: bool, heard: bool) -> None:
        provider = self._shop.money.provider
        if paid := [it for it in provider.known_intents.values() if provider.left(it)]:
            intent = paid[nth % len(paid)]
            left = provider.left(intent)
            provider.refund_made_elsewhere(intent.reference, left if whole else (left + 1) // 2)
            self._has_acted(heard=heard)

    @rule(nth=NTH, takes=st.booleans(), heard=st.booleans())
    def bank_decides(self, nth: int, *, takes: bool, heard: bool) -> None:
        provider = self._shop.money.provider
        if made := [it for it in provider.known_refunds.values() if it.status != "failed"]:
            decide = provider.settle_refund if takes else provider.fail_refund
            decide(made[nth % len(made)].reference)
            self._has_acted(heard=heard)

    @rule(
        nth=NTH,
        opened=st.sampled_from(["inquiry", "open", "open"]),
        part=st.sampled_from([None, 100, 1500]),
        heard=st.booleans(),
    )
    def dispute(self, nth: int, opened: DisputeStatus, part: int | None, *, heard: bool) -> None:
        provider = self._shop.money.provider
        if paid := [it for it in provider.known_intents.values() if it.status == "captured"]:
            provider.dispute(paid[nth % len(paid)].reference, opened, part)
            self._has_acted(heard=heard)

    @rule(nth=NTH, end=st.sampled_from(["open", "won", "won", "lost", "closed"]), heard=st.booleans())
    def decide_a_dispute(self, nth: int, end: DisputeStatus, *, heard: bool) -> None:
        provider = self._shop.money.provider
        # A lost one may be appealed against.
        if opened := [it for it in provider.known_disputes.values() if it.status in ("inquiry", "open", "lost")]:
            provider.dispute_becomes(opened[nth % len(opened)].reference, end)
            self._has_acted(heard=heard)

    # ---- two at once

    @rule(nth=NTH, paid=st.booleans(), first=_DEEDS, second=_DEEDS, after=_AFTER, becomes=REFUNDS_BECOME)
    def do_two_things(
        self, nth: int, *, paid: bool, first: str, second: str, after: int | None, becomes: RefundStatus
    ) -> None:
        """After so many statements of the first, or after all of it."""
        shop, order_id = self._shop, self._choose(nth, self._paid() if paid else self._waiting())
        shop.money.provider.refunds_become = becomes
        trouble = NO_TROUBLE if after is None else Trouble(between=(after, second))
        self._do(order_id, deed(first, order_id, shop, shop.worker), None, trouble, may_be_refused=True)
        if after is None:
            self._do(order_id, deed(second, order_id, shop, shop.worker), None, NO_TROUBLE, may_be_refused=True)

    # ---- admins

    @rule(
        nth=NTH,
        part=st.sampled_from([None, None, 100, 700]),
        units=st.integers(0, 3),
        key=st.sampled_from(["", "one", "two"]),
        becomes=REFUNDS_BECOME,
        trouble=TROUBLE,
    )
    def refund(
        self, nth: int, *, part: int | None, units: int, key: str, becomes: RefundStatus, trouble: Trouble
    ) -> None:
        self._shop.money.provider.refunds_become = becomes
        order_id = self._choose(nth, self._paid())
        product_id = next(iter(self._model.orders[order_id].units))
        wanted: _Refunding = (order_id, part, ((product_id, units),) if units else ())
        if self._refund(wanted, key, trouble).lost and key:
            self._refund(wanted, key, NO_TROUBLE)

    @rule(becomes=REFUNDS_BECOME, trouble=TROUBLE)
    def ask_for_a_refund_again(self, becomes: RefundStatus, trouble: Trouble) -> None:
        self._shop.money.provider.refunds_become = becomes
        for key, wanted in self._refunds_asked.items():
            self._refund(wanted, key, trouble)

    def _refund(self, wanted: _Refunding, key: str, trouble: Trouble) -> Outcome:
        shop, money = self._shop, self._shop.money
        order_id, minor, back = wanted
        outcome = self._do(
            order_id,
            lambda: money.refund(shop.worker, shop.admin, order_id, minor, dict(back), key=key),
            self._refusal_of_refund(wanted, key),
            trouble,
            forgets=True,
        )
        if key and key not in self._refunds_asked and money.was_asked(key):
            self._refunds_asked[key] = wanted
        return outcome

    @rule(nth=NTH, minor=st.sampled_from([None, None, 0, 800]), trouble=TROUBLE_OF_ORDERS)
    def settle_a_return(self, nth: int, minor: int | None, trouble: Trouble) -> None:
        """What is refunded already, or another amount, which may be less than that or more than was paid."""
        if returned := [key for key, order in self._model.orders.items() if order.status == "returned"]:
            order_id = returned[nth % len(returned)]
            act = partial(use_cases.settle, self._shop.worker, self._shop.admin, order_id, minor)
            self._do(order_id, act, None, trouble, may_be_refused=True)

    # ---- the schedules

    @rule(nth=NTH, late=st.booleans(), runs=st.booleans(), trouble=TROUBLE)
    def expire(self, nth: int, *, late: bool, runs: bool, trouble: Trouble) -> None:
        if late:
            self._is_late(self._choose(nth, self._waiting()))
        if runs:
            self._expire(trouble)

    def _is_late(self, order_id: int) -> None:
        self._shop.money.time_passes(order_id)
        self._model.orders[order_id].late = True

    def _expire(self, trouble: Trouble) -> None:
        shop, money = self._shop, self._shop.money
        for order_id in money.due_orders():
            self._do(order_id, partial(money.expire, shop.worker, order_id), None, trouble)

    @rule(becomes=REFUNDS_BECOME, trouble=TROUBLE)
    def resolve(self, becomes: RefundStatus, trouble: Trouble) -> None:
        self._shop.money.provider.refunds_become = becomes
        self._resolve(trouble)

    @rule(nth=NTH, whole=st.booleans(), becomes=REFUNDS_BECOME, first=TROUBLE, later=TROUBLE)
    def refund_during_an_outage(
        self, nth: int, *, whole: bool, becomes: RefundStatus, first: Trouble, later: Trouble
    ) -> None:
        """An order is refunded or cancelled; a day later, when the keys are forgotten, the resolver does the rest."""
        self._shop.money.provider.refunds_become = becomes
        if not (paid := self._paid()):
            return
        order_id = paid[nth % len(paid)]
        if whole:
            trouble = Trouble(lost=first.lost)
            self._do(
                order_id, deed("cancel", order_id, self._shop, self._shop.worker), None, trouble, may_be_refused=True
            )
        else:
            self._refund((order_id, 100, ()), "", first)
        for trouble in (first, later):
            self._shop.money.schedules_are_due()
            self._shop.money.provider.forget_refund_keys()
            self._resolve(trouble)

    def _resolve(self, trouble: Trouble) -> None:
        for act, order_id in self._shop.money.due(self._shop.worker):
            self._do(order_id, act, None, trouble)

    def _settle(self) -> None:
        money = self._shop.money
        money.provider.refunds_become = "succeeded"
        self._settle_what_is_heard()
        if money.provider.lost:
            self._settle_what_is_never_heard()
        super()._settle()

    def _settle_what_is_heard(self) -> None:
        """Let the shop hear everything and ask about all that is due, again and again until nothing changes."""
        money = self._shop.money
        before: object = None
        while (now := money.standing()) != before:
            before = now
            while money.provider.unheard:
                self._hear(0, NO_TROUBLE)
            money.schedules_are_due()
            self._resolve(NO_TROUBLE)

    def _settle_what_is_never_heard(self) -> None:
        """Have orders expire, whose attempts the shop asks about then, and have it reconciled with the provider."""
        money = self._shop.money
        for order_id in self._waiting():
            self._is_late(order_id)
        self._expire(NO_TROUBLE)
        self._do(0, lambda: money.reconcile(self._shop.worker), None, NO_TROUBLE)
        self._settle_what_is_heard()
        money.provider.lost.clear()

    # ---- what may be expected

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
        called_off = live is not None and self._shop.money.is_called_off(live)
        return PaymentPeriodOver if order.late and (order.payment_status == "unpaid" or called_off) else None

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
    """Whether it belongs to an order with nothing to pay, whose refunds return units and no money."""
    return bool(payment["provider"] == "free")
