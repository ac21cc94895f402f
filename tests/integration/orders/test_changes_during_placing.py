"""Orders whose product changes after its price is read and before its stock is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import NotOnSale, OutOfStock, PriceChanged, TransactionConflict
from microshop.orders.price_queries import PriceList
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, a_key, place
from tests.support.records import count, events_of, movements_of, stock_of
from tests.support.use_cases import adjust, an_admin, archive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.orders.placing_view import OrderPlaced
    from microshop.orders.requested_lines import PricedProduct
    from microshop.platform.mysql import Database

_NEW_PRICE = "UPDATE products SET price_minor = price_minor + 100 WHERE id = %(id)s"


class _InterruptedPriceList(PriceList):
    """Runs the next action of another user after each read of prices."""

    def __init__(self, database: Database, *actions: Callable[[], object]) -> None:
        super().__init__(database)
        self._actions = list(actions)

    def prices(self, product_ids: Sequence[int]) -> dict[int, PricedProduct]:
        found = super().prices(product_ids)
        if self._actions:
            self._actions.pop(0)()
        return found


def _place(
    database: Database,
    customer: Caller,
    items: list[tuple[int, int]],
    *meanwhile: Callable[[], object],
    key: IdempotencyKey | None = None,
    expected_total_minor: int | None = None,
) -> OrderPlaced:
    prices = _InterruptedPriceList(database, *meanwhile)
    return place(database, customer, items, key=key, price_list=prices, expected_total_minor=expected_total_minor)


def test_an_order_has_the_new_price_when_it_changes_during_placing(database: Database, customer: Caller) -> None:
    cheap, expensive = put_on_sale(database, price_minor=500, stock=5), put_on_sale(database, price_minor=9000, stock=5)

    answer = _place(
        database, customer, [(cheap, 2), (expensive, 1)], lambda: database.execute(_NEW_PRICE, {"id": cheap})
    )

    assert answer["total"] == "102.00"
    assert (stock_of(database, cheap), stock_of(database, expensive)) == (3, 4)


def test_an_order_expecting_the_old_total_is_refused_after_a_change(database: Database, customer: Caller) -> None:
    product_id = put_on_sale(database, price_minor=5000, stock=5)

    with pytest.raises(PriceChanged) as refused:
        _place(
            database,
            customer,
            [(product_id, 1)],
            lambda: database.execute(_NEW_PRICE, {"id": product_id}),
            expected_total_minor=5000,
        )

    assert refused.value.prices["total"] == "51.00"
    assert (stock_of(database, product_id), count(database, "orders")) == (5, 0)


def test_an_order_is_placed_once_its_expected_total_is_right(database: Database, customer: Caller) -> None:
    product_id = put_on_sale(database, price_minor=4000, stock=5)
    _place(database, customer, [(product_id, 1)], expected_total_minor=4490)  # with the shipping fee

    with pytest.raises(PriceChanged):
        _place(database, customer, [(product_id, 1)], expected_total_minor=4590)
    database.execute(_NEW_PRICE, {"id": product_id})

    assert _place(database, customer, [(product_id, 1)], expected_total_minor=4590)["total"] == "45.90"


def test_a_product_archived_during_placing_is_not_sold(database: Database, customer: Caller) -> None:
    kept, archived = put_on_sale(database, stock=5), put_on_sale(database, stock=5)

    with pytest.raises(NotOnSale) as refused:
        _place(database, customer, [(kept, 1), (archived, 1)], lambda: archive(database, archived))

    assert [problem.field for problem in refused.value.problems] == ["items.1.product_id"]
    assert (stock_of(database, kept), count(database, "orders")) == (5, 0)


def test_units_bought_by_others_during_placing_are_not_sold_twice(database: Database, customer: Caller) -> None:
    plenty, few = put_on_sale(database, stock=50), put_on_sale(database, stock=3)

    with pytest.raises(OutOfStock) as refused:
        _place(
            database,
            customer,
            [(plenty, 1), (few, 3)],
            lambda: place(database, a_customer(database), [(few, 1)]),
        )

    assert [problem.reason for problem in refused.value.problems] == ["only 2 left"]
    assert (stock_of(database, plenty), stock_of(database, few), count(database, "orders")) == (50, 2, 1)


def test_an_order_is_placed_when_enough_stock_is_left_after_a_change(database: Database, customer: Caller) -> None:
    product_id, admin = put_on_sale(database, stock=5), an_admin(database)

    _place(database, customer, [(product_id, 3)], lambda: adjust(database, admin, product_id, -2))

    assert movements_of(database, product_id) == [("received", 5), ("adjusted", -2), ("sold", -3)]


@pytest.mark.parametrize(
    ("taken_meanwhile", "ordered", "levels"),
    [
        (250, 30, [20]),  # the order crosses the threshold
        (250, 25, []),  # it reaches the threshold
        (280, 10, [20]),  # the adjustment has crossed it
        (0, 10, []),
    ],
)
def test_low_stock_is_published_when_plenty_of_stock_is_gone_during_placing(
    database: Database, customer: Caller, taken_meanwhile: int, ordered: int, levels: list[int]
) -> None:
    product_id, admin = put_on_sale(database, stock=300, low_stock_threshold=25), an_admin(database)
    meanwhile = [lambda: adjust(database, admin, product_id, -taken_meanwhile)] if taken_meanwhile else []

    _place(database, customer, [(product_id, ordered)], *meanwhile)

    assert stock_of(database, product_id) == 300 - taken_meanwhile - ordered
    events = events_of(database, f"product:{product_id}")
    assert [data["stock"] for kind, data in events if kind == "StockLow"] == levels


def test_low_stock_is_published_when_the_threshold_is_raised_during_placing(
    database: Database, customer: Caller
) -> None:
    product_id = put_on_sale(database, stock=300, low_stock_threshold=25)
    raised = "UPDATE products SET low_stock_threshold = 295 WHERE id = %(id)s"

    _place(database, customer, [(product_id, 10)], lambda: database.execute(raised, {"id": product_id}))

    [(kind, data)] = events_of(database, f"product:{product_id}")
    assert (kind, data["stock"], data["threshold"]) == ("StockLow", 290, 295)


def test_a_product_whose_currency_changes_during_placing_is_not_sold(database: Database, customer: Caller) -> None:
    product_id = put_on_sale(database, stock=5)
    changed = "UPDATE products SET currency = 'EUR' WHERE id = %(id)s"

    with pytest.raises(NotOnSale):
        _place(database, customer, [(product_id, 1)], lambda: database.execute(changed, {"id": product_id}))

    assert (stock_of(database, product_id), count(database, "orders")) == (5, 0)


def test_placing_fails_after_repeated_price_changes(database: Database, customer: Caller) -> None:
    product_id = put_on_sale(database, stock=3)
    changes = [lambda: database.execute(_NEW_PRICE, {"id": product_id})] * 20

    with pytest.raises(TransactionConflict):
        _place(database, customer, [(product_id, 1)], *changes)

    assert (stock_of(database, product_id), count(database, "orders")) == (3, 0)


def test_a_request_gets_the_answer_of_its_concurrent_retry(database: Database, customer: Caller) -> None:
    product_id, key = put_on_sale(database, stock=3), a_key(customer, "one")
    first: list[OrderPlaced] = []

    second = _place(
        database,
        customer,
        [(product_id, 1)],
        lambda: first.append(place(database, customer, [(product_id, 1)], key=key)),
        key=key,
    )

    assert [second] == first
    assert stock_of(database, product_id) == 2


@pytest.mark.parametrize("made", ["new_order_id", "new_order_number"])
def test_an_order_gets_another_id_and_number_if_they_are_taken(
    database: Database, customer: Caller, monkeypatch: pytest.MonkeyPatch, *, made: str
) -> None:
    product_id = put_on_sale(database, stock=3)
    first = place(database, customer, [(product_id, 1)])
    by_id = made == "new_order_id"
    free, given = (first["order_id"] + 1, [first["order_id"]]) if by_id else ("MS-0000-0000", [first["order_number"]])
    monkeypatch.setattr(f"microshop.orders.order.{made}", lambda *_: given.pop() if given else free)

    answer = place(database, customer, [(product_id, 1)])

    assert free in answer.values()
    assert count(database, "orders") == 2
