"""Rules for refunds, expiry and resolving, with failures and concurrent actions."""

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import rule

from microshop.errors import IdempotencyKeyReused, OrderDisputed, RefundTooLarge, WrongOrderState
from microshop.payments.providers.port import RefundStatus
from microshop.platform.mysql import Row
from tests.support import use_cases
from tests.support.concurrent_actions import ACTIONS, action_on
from tests.support.fault_strategies import FAULTS, NO_FAULTS, NTH, ORDER_FAULTS, REFUND_STATUS, Faults
from tests.support.provider_rules import ProviderRules
from tests.support.shop_rules import Refusal
from tests.support.shop_under_test import Outcome, ShopUnderTest

type _Refunding = tuple[int, int | None, tuple[tuple[int, int], ...]]  # order, amount (None: all), units of products
_ACTIONS, _AFTER = st.sampled_from(ACTIONS), st.sampled_from([None] * 3 + list(range(2, 12)))


class MoneyRules(ProviderRules):
    """Rules for refunds and schedules, added to those for payments."""

    def __init__(self, shop: ShopUnderTest) -> None:
        super().__init__(shop)
        # Key → the first refund that was requested with it.
        self._refunds_asked: dict[str, _Refunding] = {}

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
