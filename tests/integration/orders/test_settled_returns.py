"""The money of returned orders: refunds, settlements and refunds that are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import (
    OrderDisputed,
    RefundTooLarge,
    WrongOrderState,
)
from microshop.orders.queries import OrderQueries
from microshop.payments.provider_updates import apply_update
from microshop.reconciliation.check import CheckName
from tests.support.catalogue import put_on_sale
from tests.support.orders import SHIPPED_FREE, place
from tests.support.records import events_of, stock_of
from tests.support.use_cases import return_parcel, settle, ship

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database
    from tests.support.paid_shop import PaidShop


def _pay_and_ship(shop: PaidShop) -> int:
    order_id = shop.place()
    shop.pay(order_id)
    ship(shop.database, shop.admin, order_id)
    return order_id


def test_a_returned_order_stays_paid_until_it_is_refunded(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)

    assert return_parcel(shop.database, shop.admin, order_id).state == ("returned", "paid")
    refund = shop.refund(order_id, None)

    assert refund.amount_minor == 4488
    assert shop.order(order_id).state == ("returned", "refunded")


def test_reconciliation_lists_the_refund_that_is_due_for_a_return(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    return_parcel(shop.database, shop.admin, order_id)
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


def test_a_settled_return_is_due_again_when_its_refund_fails(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    return_parcel(shop.database, shop.admin, order_id)
    settle(shop.database, shop.admin, order_id, 3998)
    assert shop.refund(order_id, None).amount_minor == 3998
    [made] = shop.provider.known_refunds

    shop.provider.fail_refund(made)
    shop.hear_of_refund(made)
    shop.deliver_events()

    assert "39.98 USD" in shop.reconcile().owed.listed[0].explanation
    assert shop.refund(order_id, None).amount_minor == 3998


def test_a_return_settled_at_zero_can_be_refunded_later(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    return_parcel(shop.database, shop.admin, order_id)

    settle(shop.database, shop.admin, order_id, 0, "made to measure")
    shop.deliver_events()

    assert shop.reconcile().owed.total == 0
    with pytest.raises(RefundTooLarge):
        shop.refund(order_id, None)
    assert shop.refund(order_id, 100).state == "succeeded"
    with pytest.raises(RefundTooLarge):  # the settled amount is already refunded
        shop.refund(order_id, None)


def test_settling_a_return_twice_records_amount_and_reason_once(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    return_parcel(shop.database, shop.admin, order_id)

    first = settle(shop.database, shop.admin, order_id, 3998, "it was worn")
    again = settle(shop.database, shop.admin, order_id, 3998, "it was worn")

    assert (first.return_refund_minor, again.version) == (3998, first.version)
    entry = OrderQueries(shop.database).history(order_id)[-1]
    assert (entry.action, entry.note, entry.actor) == ("return_settled", "39.98 USD: it was worn", "admin")
    kind, data = events_of(shop.database, f"order:{order_id}")[-1]
    assert (kind, data["paid_minor"], data["return_refund_minor"]) == ("OrderReturnSettled", 4488, 3998)


@pytest.mark.parametrize(("minor", "refused_as"), [(499, WrongOrderState), (4489, RefundTooLarge)])
def test_a_return_is_settled_between_the_refunded_and_the_paid_amount(
    shop: PaidShop, minor: int, refused_as: type[Exception]
) -> None:
    order_id = _pay_and_ship(shop)
    shop.refund(order_id, 500)
    return_parcel(shop.database, shop.admin, order_id)

    with pytest.raises(refused_as):
        settle(shop.database, shop.admin, order_id, minor)


def test_a_return_is_not_settled_below_its_pending_refunds(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    shop.provider.refund_status = "pending"
    shop.refund(order_id, 500)
    return_parcel(shop.database, shop.admin, order_id)

    with pytest.raises(WrongOrderState):
        settle(shop.database, shop.admin, order_id, 499)

    assert settle(shop.database, shop.admin, order_id, 500).return_refund_minor == 500


def test_a_return_is_not_settled_before_its_dispute_is_decided(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    [paid] = shop.provider.known_intents
    apply_update("stripe", shop.provider.dispute(paid, "open", 1000), shop.uow)
    return_parcel(shop.database, shop.admin, order_id)

    with pytest.raises(OrderDisputed):
        settle(shop.database, shop.admin, order_id, 0)


def test_a_return_is_not_settled_above_its_undisputed_amount(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    [paid] = shop.provider.known_intents
    apply_update("stripe", shop.provider.dispute(paid, "lost", 1000), shop.uow)
    return_parcel(shop.database, shop.admin, order_id)

    with pytest.raises(OrderDisputed, match=r"at most 34\.88 USD"):
        settle(shop.database, shop.admin, order_id, 3489)

    assert settle(shop.database, shop.admin, order_id, 3488).return_refund_minor == 3488


def test_the_refund_of_a_settled_return_is_reduced_by_pending_refunds(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    return_parcel(shop.database, shop.admin, order_id)
    settle(shop.database, shop.admin, order_id, 3998)
    shop.provider.refund_status = "pending"
    shop.refund(order_id, 1000)

    assert shop.refund(order_id, None).amount_minor == 2998


def test_the_return_of_a_free_order_cannot_be_settled(database: Database, admin: Caller, customer: Caller) -> None:
    free = put_on_sale(database, price_minor=0, stock=3)
    order_id = int(place(database, customer, [(free, 1)], rules=SHIPPED_FREE)["order_id"])
    ship(database, admin, order_id)
    return_parcel(database, admin, order_id)

    with pytest.raises(WrongOrderState):
        settle(database, admin, order_id, 0)


def test_the_refund_of_a_return_stays_due_when_it_failed(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    return_parcel(shop.database, shop.admin, order_id)
    shop.provider.refund_status = "failed"
    shop.refund(order_id, None)
    shop.deliver_events()

    assert shop.reconcile().owed.total == 1


def test_the_return_of_an_unpaid_order_has_no_refund_due(shop: PaidShop) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    ship(shop.database, shop.admin, order_id)
    return_parcel(shop.database, shop.admin, order_id)
    shop.deliver_events()

    report = shop.reconcile()

    assert (report.owed.total, report.disagreements) == (0, 0)


def test_a_pending_refund_restocks_nothing_after_the_return(shop: PaidShop) -> None:
    order_id = _pay_and_ship(shop)
    shop.provider.refund_status = "pending"
    shop.refund(order_id, 500, units=1)

    return_parcel(shop.database, shop.admin, order_id, {shop.product_id: 2})
    [made] = shop.provider.known_refunds
    shop.provider.settle_refund(made)
    shop.hear_of_refund(made)

    assert stock_of(shop.database, shop.product_id) == 20
    assert shop.order(order_id).state == ("returned", "partially_refunded")
