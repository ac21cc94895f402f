"""Refunds and orders in review while a dispute withholds their money."""

from copy import replace

from microshop.payments.provider_updates import apply_update
from microshop.reconciliation.check import CheckName
from tests.support.paid_shop import PaidShop
from tests.support.use_cases import cancel


def test_a_cancelled_order_in_review_is_not_a_finding_if_disputed(shop: PaidShop) -> None:
    shop.hear_of_payment(reference := shop.provider.pay(shop.start(order_id := shop.place()), minor=4000).reference)
    dispute = shop.provider.dispute(reference)
    apply_update("stripe", dispute, shop.uow)
    cancel(shop.database, shop.customer, order_id)
    shop.deliver_events()

    assert shop.order(order_id).state == ("cancelled", "review")
    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == set()

    apply_update("stripe", shop.provider.update_dispute(dispute.reference, "lost"), shop.uow)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == set()


def test_a_pending_order_in_review_is_found_even_if_disputed(shop: PaidShop) -> None:
    shop.hear_of_payment(reference := shop.provider.pay(shop.start(shop.place()), minor=4000).reference)
    apply_update("stripe", shop.provider.dispute(reference), shop.uow)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == {CheckName.ORDER_REVIEW_OVERDUE}


def test_a_refund_is_not_overdue_while_a_dispute_blocks_it(shop: PaidShop) -> None:
    reference = shop.pay(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    dispute = shop.provider.dispute(reference)
    apply_update("stripe", dispute, shop.uow)
    shop.send_refunds()
    shop.deliver_events()

    assert shop.reconcile(minutes_later=20).checks_with_findings == set()

    apply_update("stripe", shop.provider.update_dispute(dispute.reference, "won"), shop.uow)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=20).checks_with_findings == {CheckName.REFUND_OVERDUE}


def test_undisputed_money_of_a_cancelled_order_is_found(shop: PaidShop) -> None:
    reference = shop.pay(order_id := shop.place())
    apply_update("stripe", shop.provider.dispute(reference, "lost", 1000), shop.uow)
    shop.provider.refund_status = "failed"
    cancel(shop.database, shop.customer, order_id)
    shop.send_refunds()
    shop.deliver_events()

    [finding] = shop.reconcile().findings

    assert finding.check == CheckName.DUE_REFUND_NOT_IN_PROGRESS
    assert "still has 34.88 USD; the last" in finding.explanation


def test_a_refund_is_overdue_if_only_other_money_is_disputed(shop: PaidShop) -> None:
    reference = shop.pay(order_id := shop.place())
    apply_update("stripe", shop.provider.dispute(reference, "open", 1000), shop.uow)
    cancel(shop.database, shop.customer, order_id)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=20).checks_with_findings == {CheckName.REFUND_OVERDUE}


def test_funds_that_a_won_dispute_did_not_return_are_found(shop: PaidShop) -> None:
    opened = shop.provider.dispute(shop.pay(shop.place()))
    won = shop.provider.update_dispute(opened.reference, "won")
    apply_update("stripe", won, shop.uow)
    shop.deliver_events()
    fifteen_days = 15 * 24 * 60
    assert shop.reconcile(minutes_later=fifteen_days).checks_with_findings == set()

    again = replace(won.movements[0], reference="txn_again")
    apply_update("stripe", replace(won, movements=(*won.movements, again)), shop.uow)

    assert shop.reconcile(minutes_later=fifteen_days).checks_with_findings == {CheckName.DISPUTED_FUNDS_NOT_REINSTATED}
