"""Random sequences of actions and failures: the shop must always agree with a simple model of it.

With MICROSHOP_PROPERTY_EXAMPLES=1000, the tests try 1000 new sequences instead of the same few. With
MICROSHOP_PROPERTY_SEED=0 too, the sequences are the same each time.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, multiple, rule, run_state_machine_as_test

from microshop.errors import Conflict, InvalidInput, NotFound, VersionConflict
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address
from microshop.products.events import AdminMovement
from microshop.staff_errors import ChangesRefused
from tests.support import use_cases
from tests.support.failing_database import FailingDatabase, ImpatientDatabase
from tests.support.fault_strategies import LOST, RARELY, VERY_RARELY
from tests.support.listing_rules import ListingRules
from tests.support.money_rules import MoneyRules
from tests.support.product_builders import some_details
from tests.support.shop_rules import KEYS, Refusal
from tests.support.shop_under_test import ShopUnderTest

type _OpenShop = Callable[[], ShopUnderTest]

_EXAMPLES = os.environ.get("MICROSHOP_PROPERTY_EXAMPLES", "")
_SEED = os.environ.get("MICROSHOP_PROPERTY_SEED", "" if _EXAMPLES else "0")
# After ten independent sequences Hypothesis mostly varies them, so each run starts again with another seed.
_EXAMPLES_PER_SEED = 10
_SETTINGS = settings(
    max_examples=_EXAMPLES_PER_SEED,
    stateful_step_count=30,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
_STOCK, _THRESHOLDS, _PRICES = st.integers(0, 20), st.integers(0, 15), st.sampled_from([0, 590, 1999])


@dataclass(frozen=True)
class _Adjustment:
    product_id: int
    quantity: int
    kind: AdminMovement


@dataclass(frozen=True)
class _BulkAdjustment:
    quantities: tuple[tuple[int, int], ...]  # product and quantity


class _Catalogue(ListingRules):
    """Rules for products, added to those for listings and orders."""

    products = ListingRules.products

    @rule(target=products, price=_PRICES, threshold=_THRESHOLDS, stock=_STOCK, meant=RARELY, lost=LOST)
    def create(self, price: int, threshold: int, stock: int, *, meant: bool, lost: int | None) -> Any:
        product_id = self._create(price, threshold, stock, lost) if meant else None
        return multiple() if product_id is None else product_id

    @rule(product_id=products, price=_PRICES, threshold=st.none() | _THRESHOLDS, late=RARELY, lost=LOST)
    def update(self, product_id: int, price: int, threshold: int | None, *, late: bool, lost: int | None) -> None:
        shop, product = self._shop, self._model.products[product_id]
        details = some_details(sku=next(self._skus), price_minor=price, low_stock_threshold=threshold)
        has_options = len(product.listing.products) > 1  # then name and category belong to the listing
        refused_as = (
            NotFound if product.archived else VersionConflict if late else InvalidInput if has_options else None
        )
        version = product.version - late
        outcome = shop.do(lost, lambda: use_cases.update(shop.worker, product_id, details, version), refused_as)
        if outcome.done:
            self._model.update(product_id, price, threshold)
            shop.changed(outcome, [product_id])

    @rule(product_id=products, meant=VERY_RARELY, lost=LOST)
    def archive(self, product_id: int, *, meant: bool, lost: int | None) -> None:
        if not meant:  # otherwise soon no product would be on sale
            return
        shop, product = self._shop, self._model.products[product_id]
        refused_as = NotFound if product.archived else None
        outcome = shop.do(lost, lambda: use_cases.archive(shop.worker, product_id), refused_as)
        if outcome.done:
            self._model.archive(product_id)
            shop.changed(outcome, [product_id])

    @rule(product_id=products, quantity=st.integers(-9, 12).filter(bool), received=st.booleans(), key=KEYS, lost=LOST)
    def adjust(self, product_id: int, quantity: int, *, received: bool, key: str, lost: int | None) -> None:
        self._adjust(
            _Adjustment(product_id, quantity, "received" if received and quantity > 0 else "adjusted"), key, lost
        )

    def _adjust(self, wanted: _Adjustment, key: str, lost: int | None) -> None:
        shop, product, user_key = self._shop, self._model.products[wanted.product_id], (self._shop.admin.user_id, key)
        outcome = shop.do(
            lost,
            lambda: use_cases.adjust(
                shop.worker, shop.admin, wanted.product_id, wanted.quantity, kind=wanted.kind, key=key
            ),
            self._refusal(user_key, wanted, lambda: self._refusal_of_adjustment(wanted)),
        )
        if outcome.done:
            self._model.adjust(wanted.product_id, wanted.quantity, wanted.kind)
            shop.changed(outcome, [wanted.product_id])
        self._compare_answer(user_key, wanted, outcome, product.stock, "stock")

    @rule(
        quantities=st.lists(st.tuples(products, st.integers(-5, 12).filter(bool)), min_size=1, max_size=4),
        key=KEYS,
        lost=LOST,
    )
    def adjust_several(self, quantities: list[tuple[int, int]], key: str, lost: int | None) -> None:
        self._adjust_several(_BulkAdjustment(tuple(dict(quantities).items())), key, lost)

    def _adjust_several(self, wanted: _BulkAdjustment, key: str, lost: int | None) -> None:
        shop, user_key, quantities = self._shop, (self._shop.admin.user_id, key), dict(wanted.quantities)
        products = self._model.products
        is_refused = any(products[each].archived or products[each].stock + quantities[each] < 0 for each in quantities)
        outcome = shop.do(
            lost,
            lambda: use_cases.change_stock(shop.worker, shop.admin, quantities, key=key)[0],
            self._refusal(user_key, wanted, lambda: ChangesRefused if is_refused else None),
        )
        if outcome.done:
            for product_id, quantity in wanted.quantities:
                self._model.adjust(product_id, quantity, "adjusted")
            shop.changed(outcome, quantities)
        self._compare_answer(user_key, wanted, outcome, products[wanted.quantities[0][0]].stock, "stock")

    def _repeat(self, wanted: object, key: str, lost: int | None) -> None:
        if isinstance(wanted, _Adjustment):
            self._adjust(wanted, key, lost)
        elif isinstance(wanted, _BulkAdjustment):
            self._adjust_several(wanted, key, lost)
        else:
            super()._repeat(wanted, key, lost)

    def _refusal_of_adjustment(self, wanted: _Adjustment) -> Refusal:
        product = self._model.products[wanted.product_id]
        if product.archived:
            return NotFound
        return Conflict if product.stock + wanted.quantity < 0 else None

    @rule(product_id=products)
    def look_at(self, product_id: int) -> None:
        shown, true = self._shop.shown(product_id)
        assert shown == true


@pytest.fixture
def open_shop(database: Database, database_url: str, redis: Redis) -> Iterator[_OpenShop]:
    """Opens empty shops, one after the other."""
    address = database_address(database_url)
    with closing(FailingDatabase(address)) as worker, closing(ImpatientDatabase(address)) as other:
        yield lambda: ShopUnderTest(database, worker, other, redis)


def _run(rules: Callable[[ShopUnderTest], RuleBasedStateMachine], open_shop: _OpenShop, examples: int) -> None:
    first = int(_SEED) if _SEED else random.randrange(2**32)
    for number in range(first, first + int(_EXAMPLES or examples) // _EXAMPLES_PER_SEED):
        machine: Any = seed(number)(lambda: rules(open_shop()))
        run_state_machine_as_test(machine, settings=_SETTINGS)


def test_the_shop_agrees_with_its_model_after_any_sequence(open_shop: _OpenShop) -> None:
    _run(_Catalogue, open_shop, 40)


def test_the_shop_agrees_with_the_provider_after_any_sequence(open_shop: _OpenShop) -> None:
    _run(MoneyRules, open_shop, 60)
