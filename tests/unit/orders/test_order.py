"""Lines and prices of a new order, and changes of its state."""

from copy import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.errors import FieldProblem, InvalidInput, NotOnSale, OutOfStock, WrongOrderState
from microshop.orders.pricing import Terms
from microshop.orders.requested_lines import (
    RequestedLine,
    low_stock_events,
    merge_lines,
    price_lines,
    require_allowed_units,
)
from microshop.orders.states import (
    CANCEL,
    CONFIRM,
    CORRECT_SHIPMENT,
    DELIVER,
    PAYMENT_STATUSES_OF,
    SHIP,
    TRANSITIONS,
    State,
    Transition,
)
from tests.support.builders import NOON
from tests.support.order_builders import a_line, a_new_order, a_priced_product, an_order

_PRODUCT, _QUANTITY = "items.{}.product_id", "items.{}.quantity"
_LATER = NOON + timedelta(hours=1)
_STATES: list[State] = [
    (status, payment) for status, payments in PAYMENT_STATUSES_OF.items() for payment in sorted(payments)
]


def _merged(*items: tuple[int, int]) -> list[RequestedLine]:
    return merge_lines(items, _PRODUCT, _QUANTITY)


def test_lines_are_refused_by_field_when_they_exceed_the_units_allowed() -> None:
    with pytest.raises(InvalidInput) as refused:
        require_allowed_units(_merged((5, 10), (6, 11), (7, 6), (7, 5)), max_units=10)

    assert [problem.field for problem in refused.value.problems] == [_QUANTITY.format(1), _QUANTITY.format(2)]
    assert refused.value.problems[0].reason == "an order can have at most 10 units of one product"


def test_lines_of_one_product_are_merged_into_the_first() -> None:
    assert _merged((5, 1), (6, 2), (5, 3)) == [
        RequestedLine(5, 4, "items.0.product_id", "items.0.quantity"),
        RequestedLine(6, 2, "items.1.product_id", "items.1.quantity"),
    ]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 90)), max_size=11))
def test_merging_lines_keeps_the_number_of_units(items: list[tuple[int, int]]) -> None:
    wanted = _merged(*items)

    assert {each.product_id: each.quantity for each in wanted} == {
        product_id: sum(quantity for other, quantity in items if other == product_id) for product_id, _ in items
    }
    assert [each.product_id for each in wanted] == list(dict.fromkeys(product_id for product_id, _ in items))


def test_merged_line_may_have_999_units() -> None:
    assert [each.quantity for each in _merged((5, 998), (5, 1))] == [999]


def test_merged_line_is_refused_with_more_than_999_units() -> None:
    with pytest.raises(InvalidInput) as refused:
        _merged((5, 998), (6, 999), (7, 999), (5, 2), (7, 1))

    assert [problem.field for problem in refused.value.problems] == ["items.0.quantity", "items.2.quantity"]


def test_lines_get_the_current_name_and_price_in_requested_order() -> None:
    on_sale = {5: a_priced_product(product_id=5, price_minor=1999), 6: a_priced_product(product_id=6, price_minor=0)}

    lines = price_lines(_merged((6, 1), (5, 3)), on_sale)

    assert lines == [
        a_line(product_id=6, sku="SKU-6", unit_price_minor=0),
        a_line(product_id=5, unit_price_minor=1999, quantity=3),
    ]
    assert [line.total_minor for line in lines] == [0, 5997]


def test_products_not_on_sale_are_refused_before_stock_is_checked() -> None:
    on_sale = {5: a_priced_product(product_id=5, stock=0)}

    with pytest.raises(NotOnSale) as refused:
        price_lines(_merged((6, 1), (5, 1), (7, 1)), on_sale)

    assert [problem.field for problem in refused.value.problems] == ["items.0.product_id", "items.2.product_id"]


def test_products_out_of_stock_are_refused_with_the_units_left() -> None:
    on_sale = {number: a_priced_product(product_id=number, stock=number) for number in (0, 1, 2)}

    with pytest.raises(OutOfStock) as refused:
        price_lines(_merged((0, 1), (1, 1), (2, 3)), on_sale)

    assert list(refused.value.problems) == [
        FieldProblem("items.0.quantity", "only 0 left"),
        FieldProblem("items.2.quantity", "only 2 left"),
    ]


def test_order_by_card_waits_for_its_payment_and_expires() -> None:
    order = a_new_order(payment_method="card", now=NOON)

    assert (order.state, order.expires_at) == (("pending", "unpaid"), NOON + timedelta(minutes=30))


def test_cash_on_delivery_is_confirmed_at_once_and_never_expires() -> None:
    order = a_new_order(payment_method="cash_on_delivery")

    assert (order.state, order.expires_at) == (("confirmed", "unpaid"), None)


def test_new_order_costs_its_lines_at_the_shops_terms() -> None:
    lines = [a_line(unit_price_minor=1999, quantity=2), a_line(product_id=6, unit_price_minor=590, quantity=2)]

    order = a_new_order(*lines, terms=Terms(490, None, 2000))

    assert order.lines == tuple(lines)
    assert (order.subtotal_minor, order.shipping_minor, order.total_minor) == (5178, 490, 5668)
    assert order.tax_minor == 945


def test_new_order_has_version_one() -> None:
    order = a_new_order(now=NOON)

    assert (order.version, order.created_at, order.updated_at) == (1, NOON, NOON)


def test_change_sets_state_version_and_time_and_nothing_else() -> None:
    before = a_new_order(now=NOON)

    after = before.after(CONFIRM, _LATER, payment_reference="bank 17")

    assert after == replace(
        before,
        status="confirmed",
        payment_status="paid",
        payment_reference="bank 17",
        expires_at=None,
        version=2,
        updated_at=_LATER,
    )


def test_change_sets_its_own_fields() -> None:
    before = an_order(state=("confirmed", "paid"), version=2)

    after = before.after(SHIP, _LATER, carrier="DHL", tracking_number="00340434")

    assert (after.state, after.carrier, after.tracking_number) == (("shipped", "paid"), "DHL", "00340434")


def test_delivery_pays_an_order_with_cash_on_delivery() -> None:
    order = a_new_order(payment_method="cash_on_delivery").after(SHIP, NOON).after(DELIVER, NOON)

    assert (order.state, order.version) == (("delivered", "paid"), 3)


def test_change_is_refused_in_every_state_that_it_does_not_start_in() -> None:
    def refusal(transition: Transition, state: State) -> str:
        try:
            an_order(state=state).after(transition, _LATER)
        except WrongOrderState as refused:
            return str(refused)
        except Exception as error:  # noqa: BLE001 - a wrong row like any other
            return repr(error)
        return "is allowed"

    refusals = [
        (transition.action, state, refusal(transition, state))
        for transition in TRANSITIONS
        for state in _STATES
        if state not in transition.moves
    ]

    # A sentence for people, without identifiers of states and actions.
    wrong = [
        f"{action} of {state}: {sentence}"
        for action, state, sentence in refusals
        if not sentence.startswith(f"The order is {state[0]} and ") or "_" in sentence
    ]
    assert len(refusals) > 600
    assert wrong == []


@pytest.mark.parametrize(
    ("transition", "state", "sentence"),
    [
        (CANCEL, ("shipped", "partially_refunded"), "shipped and partially refunded; it cannot be cancelled."),
        (CANCEL, ("pending", "processing"), "pending and its payment is processing; it cannot be cancelled."),
        (CONFIRM, ("pending", "review"), "pending and its payment is in review; it cannot be confirmed."),
        (CORRECT_SHIPMENT, ("returned", "paid"), "returned and paid; its shipment cannot be corrected."),
    ],
)
def test_refused_change_names_the_state_of_the_order(transition: Transition, state: State, sentence: str) -> None:
    with pytest.raises(WrongOrderState) as refused:
        an_order(state=state).after(transition, _LATER)

    assert str(refused.value) == f"The order is {sentence}"


@pytest.mark.parametrize(
    ("stock", "quantity", "threshold", "may"),
    [
        (112, 2, 10, False),  # 100 units are left for concurrent orders
        (111, 2, 10, True),
        (10, 1, 10, True),
        (9, 1, 10, False),  # it is low already
        (5, 5, 0, False),  # stock cannot be below zero
    ],
)
def test_an_order_may_make_a_product_low_at_most_100_units_above_its_threshold(
    stock: int, quantity: int, threshold: int, *, may: bool
) -> None:
    product = a_priced_product(stock=stock, low_stock_threshold=threshold)

    assert product.may_become_low(quantity) is may


def test_every_line_has_an_event_if_one_product_may_become_low() -> None:
    on_sale = {
        5: a_priced_product(product_id=5, stock=20, low_stock_threshold=10),
        6: a_priced_product(product_id=6, stock=900, low_stock_threshold=10),
    }
    lines = price_lines(_merged((6, 1), (5, 1)), on_sale)

    assert [(event.product_id, event.sku) for event in low_stock_events(lines, on_sale)] == [(6, "SKU-6"), (5, "SKU-5")]
    assert low_stock_events(lines[:1], on_sale) == []
