"""What customers, admins, banks and the payment provider do with money, in whatever order, and what fails of that."""

from collections.abc import Callable, Iterable
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from microshop.errors import IdempotencyKeyReused, PaymentPeriodOver, RefundTooLarge, ShopError, WrongOrderState
from microshop.payments.provider import Intent, RefundStatus
from tests.support import use_cases
from tests.support.chances import BETWEEN, FAILURE, LOST, LOST_LATER, NTH, RARELY, REFUNDS_BECOME
from tests.support.failing_database import Intrusion
from tests.support.money_under_test import quietly
from tests.support.shop_under_test import Outcome, ShopUnderTest
from tests.support.unreliable_provider import Failure

type _Refusal = type[ShopError] | None
type Between = tuple[int, str] | None
type _Way = Literal["pay", "pay another amount", "process", "decline", "call off"]
type _Refunding = tuple[int, int | None, tuple[tuple[int, int], ...]]

_WAYS: list[_Way] = ["pay"] * 6 + ["process"] * 2 + ["decline"] * 2 + ["call off", "pay another amount"]
_THEN: list[_Way | None] = [None, None, "pay", "pay", "pay", "process", "decline"]


class MoneyRules(RuleBasedStateMachine):
    """Rules of a machine whose shop is `_shop`."""

    _shop: ShopUnderTest

    def __init__(self) -> None:
        super().__init__()
        # The refund that was asked for first with each key.
        self._refunds_asked: dict[str, _Refunding] = {}

    # ---- customers

    @rule(
        nth=NTH,
        anyhow=RARELY,
        then=st.sampled_from(_THEN),
        heard=st.booleans(),
        lost=LOST_LATER,
        failure=FAILURE,
        between=BETWEEN,
    )
    def pay_by_card(
        self,
        nth: int,
        *,
        anyhow: bool,
        then: _Way | None,
        heard: bool,
        lost: int | None,
        failure: Failure | None,
        between: Between,
    ) -> None:
        shop, money = self._shop, self._shop.money
        wanting = (key for key, order in shop.model.orders.items() if order.by_card and order.status == "pending")
        order_id = self._choose(nth, () if anyhow else wanting)
        owner = next(each for each in shop.customers if each.user_id == shop.model.orders[order_id].user_id)
        outcome = shop.do(
            lost,
            lambda: money.start(shop.worker, owner, order_id),
            self._refusal_of_start(order_id),
            failure=failure,
            intrusion=self._intrusion(order_id, between),
        )
        shop.follow(outcome)
        if then and (intents := [it for it in money.provider.open_intents() if it.order_id == order_id]):
            self._customer(intents[-1], then)
            if heard:
                self._hear(len(money.provider.unheard) - 1, None, None)

    @rule(nth=NTH, way=st.sampled_from(_WAYS))
    def act_at_the_provider(self, nth: int, way: _Way) -> None:
        if intents := self._shop.money.provider.open_intents():
            self._customer(intents[nth % len(intents)], way)

    def _customer(self, intent: Intent, way: _Way) -> None:
        provider = self._shop.money.provider
        match way:
            case "pay":
                provider.pay(intent.reference)
            case "pay another amount":
                provider.pay(intent.reference, minor=intent.amount_minor - 1)
            case "process":
                provider.process(intent.reference)
            case "decline":
                provider.decline(intent.reference)
            case "call off":
                provider.call_off(intent.reference)
        provider.find_news()

    # ---- the provider and the banks

    @rule(place=st.integers(0, 30), lost=LOST, between=BETWEEN)
    def tell(self, place: int, lost: int | None, between: Between) -> None:
        self._hear(place, lost, between)

    @rule(place=st.integers(0, 30))
    def tell_again(self, place: int) -> None:
        provider = self._shop.money.provider
        if provider.heard:
            event = provider.heard[place % len(provider.heard)]
            outcome = self._shop.do(None, lambda: self._shop.money.hear(self._shop.worker, event))
            assert outcome.answer == "duplicate"
            assert not outcome.events

    def _hear(self, place: int, lost: int | None, between: Between) -> None:
        shop, money = self._shop, self._shop.money
        if not money.provider.unheard:
            return
        event = money.provider.unheard[place % len(money.provider.unheard)]
        order_id = money.order_of(event)
        outcome = shop.do(lost, lambda: money.hear(shop.worker, event), intrusion=self._intrusion(order_id, between))
        shop.follow(outcome)
        if outcome.answer:  # else it comes again
            money.provider.has_told(event)

    @rule(nth=NTH, whole=st.booleans())
    def refund_in_the_dashboard(self, nth: int, *, whole: bool) -> None:
        provider = self._shop.money.provider
        if paid := [it for it in provider.known_intents.values() if provider.left(it)]:
            intent = paid[nth % len(paid)]
            left = provider.left(intent)
            provider.refund_made_elsewhere(intent.reference, left if whole else (left + 1) // 2)
            provider.find_news()

    @rule(nth=NTH, takes=st.booleans())
    def bank_decides(self, nth: int, *, takes: bool) -> None:
        provider = self._shop.money.provider
        if made := [it for it in provider.known_refunds.values() if it.status != "failed"]:
            refund = made[nth % len(made)]
            (provider.settle_refund if takes else provider.fail_refund)(refund.reference)
            provider.find_news()

    # ---- admins

    @rule(
        nth=NTH,
        part=st.sampled_from([None, None, 100, 700]),
        units=st.integers(0, 3),
        key=st.sampled_from(["", "", "one"]),
        becomes=REFUNDS_BECOME,
        lost=LOST_LATER,
        failure=FAILURE,
        between=BETWEEN,
    )
    def refund(
        self,
        nth: int,
        part: int | None,
        units: int,
        key: str,
        becomes: RefundStatus,
        lost: int | None,
        failure: Failure | None,
        between: Between,
    ) -> None:
        order_id = self._choose(nth, (row["order_id"] for row in self._shop.money.payments() if row["captured_minor"]))
        product_id = next(iter(self._shop.model.orders[order_id].units))
        wanted = (order_id, part, ((product_id, units),) if units else ())
        self._refund(wanted, key, becomes, lost, failure, between)

    @rule(key=st.sampled_from(["one"]), becomes=REFUNDS_BECOME, lost=LOST_LATER, failure=FAILURE)
    def ask_for_the_refund_again(
        self, key: str, becomes: RefundStatus, lost: int | None, failure: Failure | None
    ) -> None:
        if key in self._refunds_asked:
            self._refund(self._refunds_asked[key], key, becomes, lost, failure, None)

    def _refund(
        self,
        wanted: _Refunding,
        key: str,
        becomes: RefundStatus,
        lost: int | None,
        failure: Failure | None,
        between: Between,
    ) -> None:
        shop, money = self._shop, self._shop.money
        money.provider.refunds_become = becomes
        order_id, minor, back = wanted
        asked = key in self._refunds_asked
        outcome = shop.do(
            lost,
            lambda: money.refund(shop.worker, shop.admin, order_id, minor, dict(back), key),
            self._refusal_of_refund(wanted, key),
            failure=failure,
            intrusion=self._intrusion(order_id, between),
        )
        if key and not asked and money.was_asked(key):
            self._refunds_asked[key] = wanted
        shop.follow(outcome, forgets=True)

    # ---- the schedules

    @rule(nth=NTH)
    def time_passes(self, nth: int) -> None:
        order_id = self._choose(nth, ())
        self._shop.money.time_passes(order_id)
        self._shop.model.orders[order_id].late = True

    @rule(nth=NTH, soon=st.booleans(), lost=LOST_LATER, failure=FAILURE, between=BETWEEN)
    def expire(self, nth: int, *, soon: bool, lost: int | None, failure: Failure | None, between: Between) -> None:
        shop, money = self._shop, self._shop.money
        if soon:
            wanting = (key for key, each in shop.model.orders.items() if each.by_card and each.status == "pending")
            order_id = self._choose(nth, wanting)
            money.time_passes(order_id)
            shop.model.orders[order_id].late = True
        for order_id in money.due_orders():
            self._scheduled(lambda each=order_id: money.expire(shop.worker, each), order_id, lost, failure, between)

    @rule(becomes=REFUNDS_BECOME, lost=LOST_LATER, failure=FAILURE, between=BETWEEN)
    def resolve(self, becomes: RefundStatus, lost: int | None, failure: Failure | None, between: Between) -> None:
        money = self._shop.money
        money.provider.refunds_become = becomes
        for act, order_id in money.due(self._shop.worker):
            self._scheduled(act, order_id, lost, failure, between)

    def _scheduled(
        self, act: Callable[[], str], order_id: int, lost: int | None, failure: Failure | None, between: Between
    ) -> Outcome:
        outcome = self._shop.do(lost, act, failure=failure, intrusion=self._intrusion(order_id, between))
        self._shop.follow(outcome)
        return outcome

    # ---- what may be expected

    def settle_money(self) -> None:
        """Let the shop hear everything and ask about all that is due, again and again until nothing changes."""
        shop, money = self._shop, self._shop.money
        money.provider.refunds_become = "succeeded"
        before: object = None
        while (now := money.standing()) != before:
            before = now
            money.time_passes_for_schedules()
            for act, order_id in money.due(shop.worker):
                self._scheduled(act, order_id, None, None, None)
            while money.provider.unheard:
                self._hear(0, None, None)

    def _refusal_of_start(self, order_id: int) -> _Refusal:
        order, live = self._shop.model.orders[order_id], self._shop.money.live(order_id)
        if live and live["state"] == "captured" and live["provider"] == "stripe":
            return None
        if not order.by_card or order.status != "pending" or (live and live["state"] == "mismatched"):
            return WrongOrderState
        if not order.late:
            return None
        called_off = live is not None and self._shop.money.is_called_off(live)
        return PaymentPeriodOver if order.payment_status == "unpaid" or called_off else None

    def _refusal_of_refund(self, wanted: _Refunding, key: str) -> _Refusal:
        order_id, minor, back = wanted
        if key in self._refunds_asked:
            return None if self._refunds_asked[key] == wanted else IdempotencyKeyReused
        order, live = self._shop.model.orders[order_id], self._shop.money.live(order_id)
        if live is None or not live["captured_minor"] or order.status == "pending":
            return WrongOrderState
        left = live["captured_minor"] - live["refunded_minor"]
        gone = order.back + self._shop.money.reserved(order_id) if not order.ended else order.back
        too_many = any(gone[product_id] + units > order.units.get(product_id, 0) for product_id, units in back)
        return RefundTooLarge if too_many or not left or (minor or 0) > left else None

    def _choose(self, nth: int, wanting: Iterable[int]) -> int:
        choice = list(wanting) or list(self._shop.model.orders)
        return choice[nth % len(choice)]

    def _intrusion(self, order_id: int, between: Between) -> Intrusion | None:
        if between is None or order_id not in self._shop.model.orders:
            return None
        after, what = between
        return Intrusion(after, lambda: self._intrude(what, order_id))

    def _intrude(self, what: str, order_id: int) -> None:
        shop, money, other = self._shop, self._shop.money, self._shop.intruder
        order = shop.model.orders[order_id]
        owner = next(each for each in shop.customers if each.user_id == order.user_id)
        open_intents = [it for it in money.provider.open_intents() if it.order_id == order_id]
        if what.startswith("pay") and open_intents:
            self._customer(open_intents[-1], "pay")
        if what.endswith("tell") and money.provider.unheard:
            event = money.provider.unheard[-1]
            quietly(lambda: money.hear(other, event) and None)
        match what:
            case "cancel":
                quietly(lambda: use_cases.cancel(other, owner, order_id))
            case "confirm":
                quietly(lambda: use_cases.confirm(other, shop.admin, order_id))
            case "ship":
                quietly(lambda: use_cases.ship(other, shop.admin, order_id))
            case "refund":
                quietly(lambda: money.refund(other, shop.admin, order_id, 100, {next(iter(order.units)): 1}))
            case "start":
                quietly(lambda: money.start(other, owner, order_id))
            case "expire":
                quietly(lambda: money.expire(other, order_id))
            case "resolve":
                for act, _ in money.due(other):
                    quietly(act)
