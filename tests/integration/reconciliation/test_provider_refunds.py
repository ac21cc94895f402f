"""Refunds and disputes that differ between the provider and the ledger: found, and repaired where that is safe."""

import pytest

from microshop.orders.dispute_status import DisputeStatus
from microshop.reconciliation.check import CheckName
from tests.support import use_cases
from tests.support.paid_shop import PaidShop


def test_a_dispute_without_its_webhook_is_entered(shop: PaidShop) -> None:
    order_id = shop.place()
    dispute = shop.provider.dispute(shop.pay(order_id))
    shop.deliver_events()

    repaired = shop.reconcile(repairs=True)
    shop.deliver_events()
    again = shop.reconcile(repairs=True)

    assert repaired.checks_with_findings == {CheckName.DISPUTE_MISSING_IN_LEDGER}
    assert [(report.disagreements, report.repaired) for report in (repaired, again)] == [(0, 1), (0, 0)]
    assert shop.order(order_id).dispute_status == dispute.status == "open"


def test_the_end_of_a_dispute_without_its_webhook_is_applied(shop: PaidShop) -> None:
    order_id = shop.place()
    dispute = shop.provider.dispute(shop.pay(order_id))
    shop.reconcile(repairs=True)
    shop.provider.update_dispute(dispute.reference, "won")
    shop.deliver_events()

    repaired = shop.reconcile(repairs=True)
    shop.deliver_events()

    assert repaired.checks_with_findings == {CheckName.DISPUTE_DIFFERS_FROM_PROVIDER}
    assert (repaired.disagreements, repaired.repaired) == (0, 1)
    assert shop.order(order_id).dispute_status == "won"
    assert shop.reconcile().checks_with_findings == set()


@pytest.mark.parametrize("end", ["open", "lost"])
def test_money_that_a_dispute_withholds_is_not_due(shop: PaidShop, end: DisputeStatus) -> None:
    order_id = shop.place()
    dispute = shop.provider.dispute(shop.pay(order_id))
    shop.provider.update_dispute(dispute.reference, end)
    shop.reconcile(repairs=True)
    use_cases.cancel(shop.database, shop.admin, order_id)
    shop.deliver_events()

    assert shop.reconcile().checks_with_findings == set()


def test_a_refund_made_at_the_provider_is_recorded(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.refund_in_dashboard(shop.pay(order_id), 700)
    shop.deliver_events()

    found, repaired = shop.reconcile(), shop.reconcile(repairs=True)
    shop.deliver_events()
    again = shop.reconcile(repairs=True)

    assert found.checks_with_findings == {CheckName.REFUND_MISSING_IN_LEDGER}
    assert [(report.disagreements, report.repaired) for report in (found, repaired, again)] == [(1, 0), (0, 1), (0, 0)]
    assert (shop.order(order_id).payment_status, shop.order(order_id).refunded_minor) == ("partially_refunded", 700)


def test_a_refund_that_failed_at_the_provider_is_reversed(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.pay(order_id)
    shop.refund(order_id, 500)
    shop.provider.fail_refund("re_2")
    shop.deliver_events()

    repaired = shop.reconcile(repairs=True)
    shop.deliver_events()
    again = shop.reconcile(repairs=True)

    assert repaired.checks_with_findings == {CheckName.REFUND_STATUS_DIFFERS_FROM_PROVIDER}
    assert [(report.disagreements, report.repaired) for report in (repaired, again)] == [(0, 1), (0, 0)]
    assert shop.order(order_id).state == ("confirmed", "paid")


def test_a_refund_missing_at_the_provider_is_not_repaired(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.pay(order_id)
    shop.refund(order_id, 500)
    shop.provider.forget("re_2")
    shop.deliver_events()

    report = shop.reconcile(repairs=True)

    assert report.checks_with_findings == {CheckName.REFUND_MISSING_AT_PROVIDER}
    assert report.repaired == 0


def test_a_payment_is_applied_before_its_refund(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.pay(reference := shop.start(order_id))
    shop.provider.refund_in_dashboard(reference, 4488)
    shop.deliver_events()

    report = shop.reconcile(repairs=True)

    assert (report.disagreements, report.repaired) == (0, 2)
    assert shop.order(order_id).state == ("confirmed", "refunded")
