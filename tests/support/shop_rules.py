"""Rules for orders: actions of customers and admins, with failures, and the relay and consumption of events."""

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from microshop.caller import Caller
from microshop.errors import (
    IdempotencyKeyReused,
    NotFound,
    NotOnSale,
    OrderDisputed,
    OutOfStock,
    ShopError,
    SkuTaken,
    WrongOrderState,
)
from microshop.orders.order import Order
from microshop.platform.mysql import Database
from tests.support import use_cases
from tests.support.concurrent_actions import action_on, ignore_refusal
from tests.support.failing_database import ConcurrentAction
from tests.support.fault_strategies import LOST, NTH, ORDER_FAULTS, RARELY, Faults
from tests.support.orders import RULES, SHIPPED_FREE, a_key, place
from tests.support.product_builders import some_details
from tests.support.shop_under_test import Outcome, ShopUnderTest

type UserKey = tuple[int, str]  # user and idempotency key; an empty key is none
type Refusal = type[ShopError] | None
type _Step = Callable[[Database, Caller, int], Order]
type _Items = tuple[tuple[int, int], ...]

KEYS = st.sampled_from(["", "", "", "one", "two"])
_STEPS: dict[str, _Step] = {
    "confirmed": use_cases.confirm,
    "shipped": use_cases.ship,
    "shipment_corrected": use_cases.correct,
    "delivered": use_cases.deliver,
    "returned": use_cases.return_parcel,
    "cancelled": use_cases.cancel,
}
_ADMIN_STEPS = sorted(set(_STEPS) - {"cancelled"})


@dataclass(frozen=True)
class Purchase:
    """An order request. With `shipped_free`, an order of free products has nothing to pay."""

    customer: int
    items: _Items
    by_card: bool
    shipped_free: bool = False

    @property
    def units(self) -> Counter[int]:
        """Product → quantity."""
        units = Counter[int]()
        for product_id, quantity in self.items:
            units[product_id] += quantity
        return units


class ShopRules(RuleBasedStateMachine):
    """A state machine that changes `shop`, which opens with three products and orders of each customer."""

    products: Bundle[int] = Bundle("products")

    def __init__(self, shop: ShopUnderTest) -> None:
        super().__init__()
        self._shop, self._model = shop, shop.model
        self._skus = map("SKU-{}".format, itertools.count(1))
        # Key → its first request, and the stock or the order id in the answer.
        self._answered: dict[UserKey, tuple[object, int]] = {}

    @invariant()
    def agrees_with_its_books_and_the_model(self) -> None:
        found = self._shop.disagreements()
        assert not found, found

    @initialize(target=products)
    def open(self) -> Any:
        self._create(0, 0, 20, None)  # the first product is free
        few, plenty = self._create(1999, 9, 7, None), self._create(590, 9, 20, None)
        assert few is not None
        assert plenty is not None
        for customer, by_card in ((0, True), (1, False)):  # in most sequences a bundle of orders would be empty
            self._place(Purchase(customer, ((plenty, 4), (few, 1)), by_card), "", None)
            self._place(Purchase(customer, ((min(self._model.products), 2),), by_card, shipped_free=True), "", None)
        self._begin()
        return multiple(min(self._model.products), few, plenty)

    def _begin(self) -> None:
        """Add the initial data of a subclass."""

    def _create(self, price: int, threshold: int, stock: int, lost: int | None) -> int | None:
        shop, sku = self._shop, next(self._skus)
        details = some_details(sku=sku, price_minor=price, low_stock_threshold=threshold)
        outcome = shop.do(lost, lambda: use_cases.create(shop.worker, shop.admin, details, stock))
        if not outcome.done:
            return None
        shop.do(lost, lambda: use_cases.create(shop.worker, shop.admin, details, stock), SkuTaken)
        product_id = shop.new_product()
        self._model.create(product_id, price, threshold, stock)
        shop.changed(outcome, [product_id])
        return product_id

    @rule(
        customer=st.sampled_from([0, 1]),
        items=st.lists(st.tuples(products, st.integers(1, 4)), min_size=1, max_size=3).map(tuple),
        by_card=st.booleans(),
        shipped_free=RARELY,
        key=KEYS,
        lost=LOST,
    )
    def place(
        self, customer: int, items: _Items, *, by_card: bool, shipped_free: bool, key: str, lost: int | None
    ) -> None:
        if shipped_free:
            items = tuple((min(self._model.products), quantity) for _, quantity in items[:1])
        self._place(Purchase(customer, items, by_card, shipped_free), key, lost)

    def _place(self, wanted: Purchase, key: str, lost: int | None) -> None:
        shop, caller = self._shop, self._shop.customers[wanted.customer]
        user_key = (caller.user_id, key)
        outcome = shop.do(
            lost,
            lambda: place(
                shop.worker,
                caller,
                wanted.items,
                payment_method="card" if wanted.by_card else "cash_on_delivery",
                key=a_key(caller, key, repr(wanted)) if key else None,
                rules=SHIPPED_FREE if wanted.shipped_free else RULES,
            ),
            self._refusal(user_key, wanted, lambda: self._refusal_of_purchase(wanted)),
        )
        order_id = shop.new_order() if outcome.done else None
        if order_id is not None:
            self._model.place(
                order_id, caller.user_id, wanted.units, by_card=wanted.by_card, free=self._is_free(wanted)
            )
            shop.changed(outcome, wanted.units)
        self._compare_answer(user_key, wanted, outcome, order_id, "order_id")

    @rule(which=st.integers(0, 100), lost=LOST)
    def repeat(self, which: int, lost: int | None) -> None:
        if self._answered:
            (_, key), (wanted, _) = list(self._answered.items())[which % len(self._answered)]
            self._repeat(wanted, key, lost)

    def _repeat(self, wanted: object, key: str, lost: int | None) -> None:
        assert isinstance(wanted, Purchase)
        self._place(wanted, key, lost)

    def _refusal(self, user_key: UserKey, wanted: object, check: Callable[[], Refusal]) -> Refusal:
        if user_key not in self._answered:
            return check()
        return None if self._answered[user_key][0] == wanted else IdempotencyKeyReused

    def _refusal_of_purchase(self, wanted: Purchase) -> Refusal:
        products = self._model.products
        if any(products[product_id].archived for product_id in wanted.units):
            return NotOnSale
        short = any(products[product_id].stock < quantity for product_id, quantity in wanted.units.items())
        return OutOfStock if short else None

    def _is_free(self, wanted: Purchase) -> bool:
        return wanted.shipped_free and not any(self._model.products[each].price_minor for each in wanted.units)

    def _compare_answer(self, user_key: UserKey, wanted: object, outcome: Outcome, now: int | None, name: str) -> None:
        """Check that the answer has the current value, or the value of the key's first answer."""
        before = self._answered.get(user_key)
        if outcome.done:
            assert before is None
            if user_key[1]:
                self._answered[user_key] = (wanted, now or 0)
        if outcome.answer:
            assert outcome.answer[name] == (now if before is None else before[1])

    @rule(nth=NTH, by=st.sampled_from(["owner", "admin", "stranger"]), faults=ORDER_FAULTS)
    def cancel(self, nth: int, by: str, faults: Faults) -> None:
        order_id = self._choose(nth, ())
        owner = self._shop.owner_of(order_id)
        stranger = next(each for each in self._shop.customers if each != owner)
        if by == "stranger":
            self._shop.do(faults.lost, lambda: use_cases.cancel(self._shop.worker, stranger, order_id), NotFound)
        else:
            self._step("cancelled", order_id, owner if by == "owner" else self._shop.admin, faults)

    @rule(nth=NTH, faults=ORDER_FAULTS)
    def advance(self, nth: int, faults: Faults) -> None:
        order_id = self._choose(nth, ())
        if step := self._model.orders[order_id].next_step:
            self._step(step, order_id, self._shop.admin, faults)

    @rule(nth=NTH, step=st.sampled_from(_ADMIN_STEPS), faults=ORDER_FAULTS)
    def jump(self, nth: int, step: str, faults: Faults) -> None:
        self._step(step, self._choose(nth, ()), self._shop.admin, faults)

    @rule(nth=NTH, step=st.sampled_from(["returned", "returned", "shipment_corrected"]), faults=ORDER_FAULTS)
    def change_parcel(self, nth: int, step: str, faults: Faults) -> None:
        if shipped := [key for key, order in self._model.orders.items() if order.status == "shipped"]:
            self._step(step, self._choose(nth, shipped), self._shop.admin, faults)

    def _step(self, step: str, order_id: int, caller: Caller, faults: Faults) -> None:
        refused_as: Refusal = None if self._model.orders[order_id].can(step) else WrongOrderState
        if refused_as is None and step == "shipped" and self._shop.money.is_disputed(order_id):
            refused_as = OrderDisputed
        version = self._model.orders[order_id].version
        outcome = self._do(
            order_id,
            lambda: _STEPS[step](self._shop.worker, caller, order_id),
            refused_as,
            faults,
            invalidates=step == "cancelled",
        )
        assert (self._model.orders[order_id].version > version) >= outcome.done

    def _do(
        self,
        order_id: int,
        use_case: Callable[[], object],
        refused_as: Refusal,
        faults: Faults,
        *,
        invalidates: bool = False,
        may_be_refused: bool = False,
    ) -> Outcome:
        """Run a use case of an order with these faults, and apply its changes to the model."""
        concurrent_action = None
        if faults.between is not None and order_id in self._model.orders:
            after, name = faults.between
            act = action_on(name, order_id, self._shop, self._shop.other)
            concurrent_action = ConcurrentAction(after, lambda: ignore_refusal(act))
        outcome = self._shop.do(
            faults.lost,
            use_case,
            refused_as,
            failure=faults.failure,
            concurrent_action=concurrent_action,
            may_be_refused=may_be_refused,
        )
        self._shop.follow(outcome, invalidates=invalidates)
        return outcome

    def _choose(self, nth: int, wanting: Iterable[int]) -> int:
        """Choose one of the wanted orders, or of all if none is wanted."""
        choice = list(wanting) or list(self._model.orders)
        return choice[nth % len(choice)]

    @rule(refused=st.sets(st.integers(0, 9), max_size=3), lost=LOST)
    def relay(self, refused: set[int], lost: int | None) -> None:
        self._shop.relay(lost, refused)

    @rule(place_in_queue=st.integers(0, 20), fails=st.booleans())
    def consume(self, place_in_queue: int, *, fails: bool) -> None:
        if rows := self._shop.deliverable():
            self._shop.deliver(rows[place_in_queue % len(rows)], fails=fails)

    @rule(now=st.booleans())
    def settle(self, *, now: bool) -> None:
        if now:  # settling after each step would leave nothing in progress
            self._settle()

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:  # check the sequence has failed already
            self._settle()

    def _settle(self) -> None:
        self._shop.settle()
        found = self._shop.unsettled()
        assert not found, found
