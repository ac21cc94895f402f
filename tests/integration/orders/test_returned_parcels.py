"""Parcels that come back, and shipments that are corrected, on the real database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from microshop.errors import (
    OrderDisputed,
    PreconditionFailed,
    PreconditionRequired,
    RefundTooLarge,
    RestockTooLarge,
    VersionConflict,
    WrongOrderState,
)
from microshop.orders.order import Order
from microshop.orders.queries import OrderQueries
from microshop.orders.returned_units import returned_units
from microshop.orders.shipping import correct_shipment
from microshop.payments.provider_updates import apply_update
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.reconciliation.check import CheckName
from microshop.versions import ExpectedVersion, expected_version
from tests.support.catalogue import put_on_sale
from tests.support.order_builders import a_line, an_order
from tests.support.orders import SHIPPED_FREE, place
from tests.support.paid_shop import PaidShop
from tests.support.records import count, event_types, events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import confirm, correct, deliver, settle, ship, take_back

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import PaymentMethod
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect


@pytest.fixture
def shop(database: Database, batching: Database) -> PaidShop:
    return PaidShop(database, batching)


def _shipped(
    batching: Database,
    customer: Caller,
    admin: Caller,
    *items: tuple[int, int],
    payment_method: PaymentMethod = "cash_on_delivery",
) -> int:
    wanted = items or [(put_on_sale(batching, stock=10), 3)]
    order_id = int(place(batching, customer, wanted, payment_method=payment_method)["order_id"])
    if payment_method == "card":
        confirm(batching, admin, order_id)
    ship(batching, admin, order_id)
    return order_id


def test_a_parcel_that_was_not_collected_closes_its_order_without_money(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _shipped(batching, customer, admin)

    order = take_back(database, admin, order_id)

    assert (order.state, order.captured_minor, order.version) == (("returned", "unpaid"), 0, 3)
    assert order == OrderQueries(database).by_id(order_id, customer.user_id)
    assert count(database, "payments") == 0
    entry = OrderQueries(database).history(order_id)[-1]
    assert (entry.action, entry.note, entry.actor_id) == ("returned", "not collected", admin.user_id)


def test_units_go_back_on_sale_by_line_and_the_others_are_written_off(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    kettle, mug, cup = (put_on_sale(database, stock=9) for _ in range(3))
    order_id = _shipped(batching, customer, admin, (kettle, 3), (mug, 2), (cup, 1))

    take_back(database, admin, order_id, {kettle: 1, mug: 2})

    assert [stock_of(database, each) for each in (kettle, mug, cup)] == [7, 9, 8]
    assert movements_of(database, kettle) == [("received", 9), ("sold", -3), ("returned", 3), ("written_off", -2)]
    assert movements_of(database, mug) == [("received", 9), ("sold", -2), ("returned", 2)]
    assert movements_of(database, cup) == [("received", 9), ("sold", -1), ("returned", 1), ("written_off", -1)]
    kind, data = events_of(database, f"order:{order_id}")[-1]
    assert (kind, data["status"]) == ("OrderReturned", "returned")
    assert data["restocked"] == [{"product_id": kettle, "quantity": 1}, {"product_id": mug, "quantity": 2}]
    assert data["written_off"] == [{"product_id": kettle, "quantity": 2}, {"product_id": cup, "quantity": 1}]


def test_more_units_than_came_back_are_refused_by_their_fields(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    kettle, other = put_on_sale(database, stock=9), put_on_sale(database, stock=9)
    order_id = _shipped(batching, customer, admin, (kettle, 3))

    with pytest.raises(RestockTooLarge) as refused:
        take_back(database, admin, order_id, {kettle: 4, other: 1})

    assert [(problem.field, problem.reason) for problem in refused.value.problems] == [
        ("restock.0.quantity", "only 3 came back"),
        ("restock.1.quantity", "only 0 came back"),
    ]
    assert (stock_of(database, kettle), event_types(database)["OrderReturned"]) == (6, 0)


def test_eight_returns_at_once_are_one(
    database: Database, batching: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(8)]
    order_id = _shipped(batching, customer, admin, (product_id, 3))

    outcomes = at_once(8, lambda n: take_back(connections[n], admin, order_id, {product_id: 2}))

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongOrderState) for outcome in outcomes) == 7
    assert (stock_of(database, product_id), event_types(database)["OrderReturned"]) == (9, 1)


def test_an_order_is_either_delivered_or_returned(
    database: Database, batching: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    connections = [connect(), connect()]

    for _ in range(10):
        order_id = _shipped(batching, customer, admin)
        steps = [
            lambda order_id=order_id: deliver(connections[0], admin, order_id),
            lambda order_id=order_id: take_back(connections[1], admin, order_id),
        ]
        outcomes = at_once(2, lambda n: steps[n]())  # noqa: B023 - called before the next order
        assert {type(outcome) for outcome in outcomes} == {Order, WrongOrderState}


# ---- money


def _paid_and_shipped(shop: PaidShop) -> int:
    order_id = shop.place()
    shop.pay(order_id)
    ship(shop.database, shop.admin, order_id)
    return order_id


def test_a_paid_order_that_came_back_stays_paid_until_it_is_refunded(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)

    assert take_back(shop.database, shop.admin, order_id).state == ("returned", "paid")
    refund = shop.refund(order_id, None)

    assert refund.amount_minor == 4488
    assert shop.order(order_id).state == ("returned", "refunded")


def test_money_of_a_returned_order_is_owed_until_a_refund_is_requested(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    take_back(shop.database, shop.admin, order_id)
    shop.deliver_events()

    owed = [shop.reconcile().owed]
    shop.refund(order_id, 3998)
    owed.append(shop.reconcile().owed)
    settle(shop.database, shop.admin, order_id, 3998, "the shipping fee is not refunded")
    shop.deliver_events()
    after = shop.reconcile()

    assert [(each.total, each.listed[0].check) for each in owed] == [(1, CheckName.MANUAL_REFUND_DUE)] * 2
    assert f"Order {order_id} is returned, and 44.88 USD" in owed[0].listed[0].explanation
    assert f"Order {order_id} is returned, and 4.90 USD" in owed[1].listed[0].explanation
    assert (after.owed.total, after.disagreements) == (0, 0)


def test_a_settled_return_owes_its_refund_again_when_the_refund_fails_later(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    take_back(shop.database, shop.admin, order_id)
    settle(shop.database, shop.admin, order_id, 3998)
    assert shop.refund(order_id, None).amount_minor == 3998
    [made] = shop.provider.known_refunds

    shop.provider.fail_refund(made)
    shop.hear_of_refund(made)
    shop.deliver_events()

    assert "39.98 USD" in shop.reconcile().owed.listed[0].explanation
    assert shop.refund(order_id, None).amount_minor == 3998


def test_the_shop_can_keep_all_the_money_of_a_return_and_refund_it_later(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    take_back(shop.database, shop.admin, order_id)

    settle(shop.database, shop.admin, order_id, 0, "made to measure")
    shop.deliver_events()

    assert shop.reconcile().owed.total == 0
    with pytest.raises(RefundTooLarge):
        shop.refund(order_id, None)
    assert shop.refund(order_id, 100).state == "succeeded"
    with pytest.raises(RefundTooLarge):  # more than was decided is back
        shop.refund(order_id, None)


def test_a_settled_return_tells_amount_and_reason_once(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    take_back(shop.database, shop.admin, order_id)

    first = settle(shop.database, shop.admin, order_id, 3998, "it was worn")
    again = settle(shop.database, shop.admin, order_id, 3998, "it was worn")

    assert (first.return_refund_minor, again.version) == (3998, first.version)
    entry = OrderQueries(shop.database).history(order_id)[-1]
    assert (entry.action, entry.note, entry.actor) == ("return_settled", "39.98 USD: it was worn", "admin")
    kind, data = events_of(shop.database, f"order:{order_id}")[-1]
    assert (kind, data["paid_minor"], data["return_refund_minor"]) == ("OrderReturnSettled", 4488, 3998)


@pytest.mark.parametrize(("minor", "refused_as"), [(499, WrongOrderState), (4489, RefundTooLarge)])
def test_a_return_settles_for_what_was_refunded_up_to_what_was_paid(
    shop: PaidShop, minor: int, refused_as: type[Exception]
) -> None:
    order_id = _paid_and_shipped(shop)
    shop.refund(order_id, 500)
    take_back(shop.database, shop.admin, order_id)

    with pytest.raises(refused_as):
        settle(shop.database, shop.admin, order_id, minor)


def test_a_return_settles_for_no_less_than_is_being_refunded(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    shop.provider.refunds_become = "pending"
    shop.refund(order_id, 500)
    take_back(shop.database, shop.admin, order_id)

    with pytest.raises(WrongOrderState):
        settle(shop.database, shop.admin, order_id, 499)

    assert settle(shop.database, shop.admin, order_id, 500).return_refund_minor == 500


def test_a_return_is_not_settled_before_its_dispute_is_decided(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    [paid] = shop.provider.known_intents
    apply_update("stripe", shop.provider.dispute(paid, "open", 1000), shop.uow)
    take_back(shop.database, shop.admin, order_id)

    with pytest.raises(OrderDisputed):
        settle(shop.database, shop.admin, order_id, 0)


def test_a_return_settles_for_no_more_than_a_lost_dispute_leaves(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    [paid] = shop.provider.known_intents
    apply_update("stripe", shop.provider.dispute(paid, "lost", 1000), shop.uow)
    take_back(shop.database, shop.admin, order_id)

    with pytest.raises(OrderDisputed, match=r"at most 34\.88 USD"):
        settle(shop.database, shop.admin, order_id, 3489)

    assert settle(shop.database, shop.admin, order_id, 3488).return_refund_minor == 3488


def test_a_refund_of_a_settled_return_counts_one_that_is_in_progress(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    take_back(shop.database, shop.admin, order_id)
    settle(shop.database, shop.admin, order_id, 3998)
    shop.provider.refunds_become = "pending"
    shop.refund(order_id, 1000)

    assert shop.refund(order_id, None).amount_minor == 2998


def test_a_free_order_that_came_back_has_no_money_to_decide_on(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    free = put_on_sale(database, price_minor=0, stock=3)
    order_id = int(place(batching, customer, [(free, 1)], rules=SHIPPED_FREE)["order_id"])
    ship(database, admin, order_id)
    take_back(database, admin, order_id)

    with pytest.raises(WrongOrderState):
        settle(database, admin, order_id, 0)


def test_a_refund_that_failed_leaves_the_money_of_a_returned_order_owed(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    take_back(shop.database, shop.admin, order_id)
    shop.provider.refunds_become = "failed"
    shop.refund(order_id, None)
    shop.deliver_events()

    assert shop.reconcile().owed.total == 1


def test_an_order_that_was_not_paid_owes_nobody_anything(shop: PaidShop) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    ship(shop.database, shop.admin, order_id)
    take_back(shop.database, shop.admin, order_id)
    shop.deliver_events()

    report = shop.reconcile()

    assert (report.owed.total, report.disagreements) == (0, 0)


def test_a_refund_under_way_brings_no_units_of_a_parcel_that_came_back(shop: PaidShop) -> None:
    order_id = _paid_and_shipped(shop)
    shop.provider.refunds_become = "pending"
    shop.refund(order_id, 500, units=1)

    take_back(shop.database, shop.admin, order_id, {shop.product_id: 2})
    [made] = shop.provider.known_refunds
    shop.provider.settle_refund(made)
    shop.hear_of_refund(made)

    assert stock_of(shop.database, shop.product_id) == 20
    assert shop.order(order_id).state == ("returned", "partially_refunded")


# ---- reconciliation


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("DELETE FROM stock_movements WHERE kind = 'returned'", CheckName.CLOSED_ORDER_NOT_RESTOCKED),
        ("UPDATE order_lines SET returned = 1", CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS),
        (
            "UPDATE stock_movements SET quantity = -3 WHERE kind = 'written_off'",
            CheckName.UNITS_WRITTEN_OFF_WITHOUT_RETURN,
        ),
    ],
)
def test_units_of_a_parcel_that_differ_from_the_books_are_found(shop: PaidShop, sql: str, found: CheckName) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    ship(shop.database, shop.admin, order_id)
    take_back(shop.database, shop.admin, order_id, {shop.product_id: 1})
    shop.deliver_events()
    assert shop.reconcile().disagreements == 0

    shop.database.execute(sql)

    assert found in shop.reconcile().checks_with_findings
    shop.empty()


def test_a_repair_writes_missing_units_of_a_parcel_off(shop: PaidShop) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    ship(shop.database, shop.admin, order_id)
    take_back(shop.database, shop.admin, order_id, {shop.product_id: 2})
    shop.deliver_events()
    shop.database.execute("DELETE FROM stock_movements WHERE kind = 'returned'")
    shop.database.execute("UPDATE products SET stock = 18")

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert (report.checks_with_findings, report.repaired) == ({CheckName.CLOSED_ORDER_NOT_RESTOCKED}, 1)
    assert movements_of(shop.database, shop.product_id)[-2:] == [("returned", 2), ("written_off", -2)]
    assert stock_of(shop.database, shop.product_id) == 18
    assert shop.reconcile().disagreements == 0


# ---- shipments


def test_a_corrected_shipment_has_an_event_with_carrier_and_number(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _shipped(batching, customer, admin)

    order = correct(database, admin, order_id, tracking_number="00340435")

    assert (order.status, order.carrier, order.tracking_number, order.version) == ("shipped", "DHL", "00340435", 3)
    entry = OrderQueries(database).history(order_id)[-1]
    assert (entry.action, entry.note, entry.actor) == ("shipment_corrected", "DHL 00340435", "admin")
    kind, data = events_of(database, f"order:{order_id}")[-1]
    assert (kind, data["carrier"], data["tracking_number"]) == ("OrderShipmentCorrected", "DHL", "00340435")


def test_the_same_carrier_and_number_change_nothing(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _shipped(batching, customer, admin)

    order = correct(database, admin, order_id, "DHL", "00340434")

    assert order == OrderQueries(database).by_id(order_id, None)
    assert (order.version, event_types(database)["OrderShipmentCorrected"]) == (2, 0)


@pytest.mark.parametrize("step", [deliver, take_back])
def test_a_shipment_is_corrected_only_while_the_order_is_on_its_way(
    database: Database, batching: Database, admin: Caller, customer: Caller, step: object
) -> None:
    order_id = _shipped(batching, customer, admin)
    step(database, admin, order_id)  # type: ignore[operator]

    with pytest.raises(WrongOrderState):
        correct(database, admin, order_id)


@pytest.mark.parametrize(
    ("expected", "refused_as"),
    [
        (ExpectedVersion(), PreconditionRequired),
        (ExpectedVersion(1), VersionConflict),
        (expected_version('"1", "3"'), PreconditionFailed),
    ],
)
def test_a_correction_names_the_version_that_it_starts_from(
    database: Database,
    batching: Database,
    admin: Caller,
    customer: Caller,
    *,
    expected: ExpectedVersion,
    refused_as: type[Exception],
) -> None:
    order_id = _shipped(batching, customer, admin)

    with pytest.raises(refused_as):
        correct_shipment(admin, order_id, "UPS", None, expected=expected, uow=orders_unit_of_work(database))


def test_two_corrections_of_one_version_at_once_are_one(
    database: Database, batching: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    order_id, connections = _shipped(batching, customer, admin), [connect(), connect()]

    outcomes = at_once(2, lambda n: correct(connections[n], admin, order_id, tracking_number=f"1Z-{n}", version=2))

    assert {type(outcome) for outcome in outcomes} == {Order, VersionConflict}
    assert event_types(database)["OrderShipmentCorrected"] == 1


def test_units_restocked_by_a_refund_are_not_returned_again() -> None:
    order = an_order(replace(a_line(quantity=5), returned=2), state=("shipped", "paid"))

    [units] = returned_units(order, [])

    assert (units.quantity, units.restocked, units.written_off) == (3, 0, 3)
