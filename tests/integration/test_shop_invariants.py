"""Whatever is done to the shop, in whatever order, and wherever it is cut off: it is what a simple model of it says.

MICROSHOP_PROPERTY_EXAMPLES=1000 tries so many sequences that were never tried before, instead of the same few.
"""

import itertools
import os
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from microshop.caller import Caller
from microshop.errors import (
    Conflict,
    IdempotencyKeyReused,
    NotFound,
    NotOnSale,
    OutOfStock,
    ShopError,
    SkuTaken,
    VersionConflict,
    WrongOrderState,
)
from microshop.orders.order import Order
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import server_address
from microshop.products.events import AdminMovement
from tests.support import use_cases
from tests.support.chances import BETWEEN, HARDLY_EVER, LOST, NTH, RARELY
from tests.support.failing_database import FailingDatabase, ImpatientDatabase
from tests.support.money_rules import Between, MoneyRules
from tests.support.orders import a_key, place
from tests.support.shop_under_test import Outcome, ShopUnderTest
from tests.support.use_cases import some_details

type _Step = Callable[[Database, Caller, int], Order]
type _Items = tuple[tuple[int, int], ...]
type _Refusal = type[ShopError] | None
type _Asked = tuple[int, str]  # user and key; an empty key is none

_EXAMPLES = os.environ.get("MICROSHOP_PROPERTY_EXAMPLES", "")
_SETTINGS = settings(
    max_examples=int(_EXAMPLES or 100),
    stateful_step_count=30,
    derandomize=not _EXAMPLES,
    deadline=None,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
_STEPS: dict[str, _Step] = {
    "confirmed": use_cases.confirm,
    "shipped": use_cases.ship,
    "delivered": use_cases.deliver,
    "cancelled": use_cases.cancel,
}
_SAME_FOR_ALL = sorted(set(_STEPS) - {"cancelled"})
_STOCK, _THRESHOLDS, _PRICES = st.integers(0, 20), st.integers(0, 15), st.sampled_from([0, 590, 1999])
_KEYS, _CUSTOMERS = st.sampled_from(["", "", "", "one", "two"]), st.sampled_from([0, 1])


@dataclass(frozen=True)
class _Adjustment:
    product_id: int
    quantity: int
    kind: AdminMovement


@dataclass(frozen=True)
class _Purchase:
    customer: int
    items: _Items
    by_card: bool

    @property
    def units(self) -> Counter[int]:
        """How much of each product."""
        units = Counter[int]()
        for product_id, quantity in self.items:
            units[product_id] += quantity
        return units


type _Wanted = _Adjustment | _Purchase


class _Shop(MoneyRules):
    """What customers and admins do, what fails, and the ways that events take."""

    products: Bundle[int] = Bundle("products")

    def __init__(self, shop: ShopUnderTest) -> None:
        super().__init__()
        self._shop, self._model = shop, shop.model
        self._skus = map("SKU-{}".format, itertools.count(1))
        # The request that each key came with first, and the stock or the order that its answer tells.
        self._answered: dict[_Asked, tuple[_Wanted, int]] = {}

    @invariant()
    def agrees_with_its_books_and_the_model(self) -> None:
        assert self._shop.disagreements() == {}

    @initialize(target=products)
    def open(self) -> Any:
        few, plenty = self._create(1999, 9, 7, None), self._create(590, 9, 20, None)
        assert few is not None
        assert plenty is not None
        for customer, by_card in (
            (0, True),
            (1, False),
            (1, True),
        ):  # a bundle of orders would be empty in most sequences
            self._place(_Purchase(customer, ((plenty, 4), (few, 1)), by_card), "", None)
        return multiple(few, plenty)

    @rule(target=products, price=_PRICES, threshold=_THRESHOLDS, stock=_STOCK, meant=RARELY, lost=LOST)
    def create(self, price: int, threshold: int, stock: int, *, meant: bool, lost: int | None) -> Any:
        product_id = self._create(price, threshold, stock, lost) if meant else None
        return multiple() if product_id is None else product_id

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

    @rule(product_id=products, price=_PRICES, threshold=st.none() | _THRESHOLDS, late=RARELY, lost=LOST)
    def update(self, product_id: int, price: int, threshold: int | None, *, late: bool, lost: int | None) -> None:
        shop, product = self._shop, self._model.products[product_id]
        details = some_details(sku=next(self._skus), price_minor=price, low_stock_threshold=threshold)
        refused_as = NotFound if product.archived else VersionConflict if late else None
        version = product.version - late
        outcome = shop.do(lost, lambda: use_cases.update(shop.worker, product_id, details, version), refused_as)
        if outcome.done:
            self._model.update(product_id, price, threshold)
            shop.changed(outcome, [product_id])

    @rule(product_id=products, meant=HARDLY_EVER, lost=LOST)
    def archive(self, product_id: int, *, meant: bool, lost: int | None) -> None:
        if not meant:  # a shop with everything off sale is soon a dull one
            return
        shop, product = self._shop, self._model.products[product_id]
        refused_as = NotFound if product.archived else None
        outcome = shop.do(lost, lambda: use_cases.archive(shop.worker, product_id), refused_as)
        if outcome.done:
            self._model.archive(product_id)
            shop.changed(outcome, [product_id])

    @rule(product_id=products, quantity=st.integers(-9, 12).filter(bool), received=st.booleans(), key=_KEYS, lost=LOST)
    def adjust(self, product_id: int, quantity: int, *, received: bool, key: str, lost: int | None) -> None:
        self._adjust(
            _Adjustment(product_id, quantity, "received" if received and quantity > 0 else "adjusted"), key, lost
        )

    def _adjust(self, wanted: _Adjustment, key: str, lost: int | None) -> None:
        shop, product, asked = self._shop, self._model.products[wanted.product_id], (self._shop.admin.user_id, key)
        outcome = shop.do(
            lost,
            lambda: use_cases.adjust(
                shop.worker, shop.admin, wanted.product_id, wanted.quantity, kind=wanted.kind, key=key
            ),
            self._refusal(asked, wanted, lambda: self._refusal_of_adjustment(wanted)),
        )
        if outcome.done:
            self._model.adjust(wanted.product_id, wanted.quantity, wanted.kind)
            shop.changed(outcome, [wanted.product_id])
        self._compare_answer(asked, wanted, outcome, product.stock, "stock")

    @rule(
        customer=_CUSTOMERS,
        items=st.lists(st.tuples(products, st.integers(1, 4)), min_size=1, max_size=3).map(tuple),
        by_card=st.booleans(),
        key=_KEYS,
        lost=LOST,
    )
    def place(self, customer: int, items: _Items, *, by_card: bool, key: str, lost: int | None) -> None:
        self._place(_Purchase(customer, items, by_card), key, lost)

    def _place(self, wanted: _Purchase, key: str, lost: int | None) -> None:
        shop, caller = self._shop, self._shop.customers[wanted.customer]
        asked = (caller.user_id, key)
        outcome = shop.do(
            lost,
            lambda: place(
                shop.worker,
                caller,
                wanted.items,
                payment_method="card" if wanted.by_card else "cash_on_delivery",
                key=a_key(caller, key, repr(wanted)) if key else None,
            ),
            self._refusal(asked, wanted, lambda: self._refusal_of_purchase(wanted)),
        )
        order_id = shop.new_order() if outcome.done else None
        if order_id is not None:
            self._model.place(order_id, caller.user_id, wanted.units, by_card=wanted.by_card)
            shop.changed(outcome, wanted.units)
        self._compare_answer(asked, wanted, outcome, order_id, "order_id")

    @rule(which=st.integers(0, 100), lost=LOST)
    def ask_again(self, which: int, lost: int | None) -> None:
        if self._answered:
            (_, key), (wanted, _) = list(self._answered.items())[which % len(self._answered)]
            match wanted:
                case _Adjustment():
                    self._adjust(wanted, key, lost)
                case _Purchase():
                    self._place(wanted, key, lost)

    def _refusal(self, asked: _Asked, wanted: _Wanted, otherwise: Callable[[], _Refusal]) -> _Refusal:
        if asked not in self._answered:
            return otherwise()
        return None if self._answered[asked][0] == wanted else IdempotencyKeyReused

    def _refusal_of_adjustment(self, wanted: _Adjustment) -> _Refusal:
        product = self._model.products[wanted.product_id]
        if product.archived:
            return NotFound
        return Conflict if product.stock + wanted.quantity < 0 else None

    def _refusal_of_purchase(self, wanted: _Purchase) -> _Refusal:
        products = self._model.products
        if any(products[product_id].archived for product_id in wanted.units):
            return NotOnSale
        short = any(products[product_id].stock < quantity for product_id, quantity in wanted.units.items())
        return OutOfStock if short else None

    def _compare_answer(self, asked: _Asked, wanted: _Wanted, outcome: Outcome, now: int | None, told: str) -> None:
        """The first answer tells what is there now, and every later one of the same key tells that."""
        before = self._answered.get(asked)
        if outcome.done:
            assert before is None
            if asked[1]:
                self._answered[asked] = (wanted, now or 0)
        if outcome.answer:
            assert outcome.answer[told] == (now if before is None else before[1])

    @rule(nth=NTH, by=st.sampled_from(["owner", "admin", "stranger"]), lost=LOST, between=BETWEEN)
    def cancel(self, nth: int, by: str, lost: int | None, between: Between) -> None:
        order_id = self._choose(nth, ())
        order = self._model.orders[order_id]
        owner, stranger = sorted(self._shop.customers, key=lambda each: each.user_id != order.user_id)
        if by == "stranger":
            self._shop.do(lost, lambda: use_cases.cancel(self._shop.worker, stranger, order_id), NotFound)
            return
        self._move_on("cancelled", order_id, owner if by == "owner" else self._shop.admin, lost, between)

    @rule(nth=NTH, lost=LOST, between=BETWEEN)
    def go_on(self, nth: int, lost: int | None, between: Between) -> None:
        order_id = self._choose(nth, ())
        if step := self._model.orders[order_id].next_step:
            self._move_on(step, order_id, self._shop.admin, lost, between)

    @rule(nth=NTH, step=st.sampled_from(_SAME_FOR_ALL), lost=LOST, between=BETWEEN)
    def jump(self, nth: int, step: str, lost: int | None, between: Between) -> None:
        self._move_on(step, self._choose(nth, ()), self._shop.admin, lost, between)

    def _move_on(self, step: str, order_id: int, caller: Caller, lost: int | None, between: Between) -> None:
        refused_as = None if self._model.orders[order_id].can(step) else WrongOrderState
        outcome = self._shop.do(
            lost,
            lambda: _STEPS[step](self._shop.worker, caller, order_id),
            refused_as,
            intrusion=self._intrusion(order_id, between),
        )
        gone = self._shop.follow(outcome, forgets=step == "cancelled")
        assert not outcome.done or (order_id, step) in gone

    @rule(refused=st.sets(st.integers(0, 9), max_size=3), lost=LOST)
    def relay(self, refused: set[int], lost: int | None) -> None:
        self._shop.relay(lost, refused)

    @rule(place_in_queue=st.integers(0, 20), fails=st.booleans())
    def consume(self, place_in_queue: int, *, fails: bool) -> None:
        if rows := self._shop.deliverable():
            self._shop.deliver(rows[place_in_queue % len(rows)], fails=fails)

    @rule(product_id=products)
    def look_at(self, product_id: int) -> None:
        shown, true = self._shop.shown(product_id)
        assert shown == true

    @rule(now=st.booleans())
    def settle(self, *, now: bool) -> None:
        if now:  # a shop in which nothing is ever under way is no test
            self.settle_money()
            self._shop.settle()
            assert self._shop.unsettled() == {}


def test_no_sequence_of_changes_crashes_and_repetitions_leaves_the_shop_other_than_its_model(
    database: Database, database_url: str, redis: Redis
) -> None:
    address = server_address(database_url, default_port=3306, tls_scheme="mysqls")
    with closing(FailingDatabase(address)) as worker, closing(ImpatientDatabase(address)) as intruder:

        class Machine(_Shop):
            def __init__(self) -> None:
                super().__init__(ShopUnderTest(database, worker, intruder, redis))

        run_state_machine_as_test(Machine, settings=_SETTINGS)
