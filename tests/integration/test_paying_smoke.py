"""smoke"""
from microshop.payments import facts, starting, expiring, refunding, resolving
from microshop.payments.repository import PaymentsUnitOfWork
from tests.support.fake_provider import FakeProvider
from tests.integration.test_changing_orders import _place, _found, admin, customer  # noqa
from tests.support.use_cases import cancel, ship
from microshop.payments.refunding import RefundOrder, refund_order

def test_it(database, packets, admin, customer):
    fake = FakeProvider(); find = lambda name: fake
    tx = PaymentsUnitOfWork(database)
    oid = _place(packets, customer)
    s = starting.start_payment(customer, oid, "stripe", fake, tx)
    assert s.status == "open", s
    assert starting.start_payment(customer, oid, "stripe", fake, tx).client_secret == s.client_secret
    i = next(iter(fake.known_intents.values()))
    d = fake.decline(i.reference)
    assert facts.take_intent("stripe", d, tx) == "declined"
    assert facts.take_intent("stripe", d, tx) == "nothing new"
    p = fake.pay(i.reference)
    assert facts.take_intent("stripe", p, tx) == "paid"
    assert facts.take_intent("stripe", p, tx) == "nothing new"
    assert _found(database, oid).state == ("confirmed", "paid")
    r = refund_order(admin, oid, RefundOrder(500, "late"), None, find_provider=find, transaction=tx)
    assert r.state == "succeeded", r
    assert _found(database, oid).state == ("confirmed", "partially_refunded")
    cancel(database, customer, oid)
    [r2] = tx.payments.due_refunds(__import__("datetime").datetime.now(__import__("datetime").UTC), 10)
    assert refunding.resolve_refund(r2, find, tx) == "refunded"
    assert _found(database, oid).state == ("cancelled", "refunded")

def test_expire(database, packets, admin, customer):
    fake = FakeProvider(); find = lambda name: fake
    tx = PaymentsUnitOfWork(database)
    oid = _place(packets, customer)
    s = starting.start_payment(customer, oid, "stripe", fake, tx)
    database.execute("UPDATE orders SET expires_at = '2026-01-01'")
    assert expiring.expire_order(oid, find, tx) == "expired"
    assert _found(database, oid).state == ("expired", "unpaid")
    i = next(iter(fake.known_intents.values()))
    p = fake.pay(i.reference)
    assert facts.take_intent("stripe", p, tx) == "paid late"
    assert _found(database, oid).state == ("expired", "paid")
    [r2] = tx.payments.due_refunds(__import__("datetime").datetime.now(__import__("datetime").UTC), 10)
    assert refunding.resolve_refund(r2, find, tx) == "refunded"
    assert _found(database, oid).state == ("expired", "refunded")
