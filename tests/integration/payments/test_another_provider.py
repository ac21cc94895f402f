"""A payment provider that is added with one module and one line of the table of providers."""

import sys
from datetime import UTC, datetime
from types import ModuleType

import pytest

from microshop.payments import providers
from microshop.payments.provider_updates import apply_update
from microshop.payments.refund_sending import resolve_refund
from microshop.payments.starting import start_payment
from tests.support.fake_provider import FakeProvider
from tests.support.payments import Till


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, till: Till) -> FakeProvider:
    """A provider `wallet`, in a module of that name, with a line in the table."""
    module = ModuleType("microshop.payments.providers.wallet")
    monkeypatch.setattr(module, "connect", lambda _name: till.provider, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(providers.PROVIDERS, "wallet", providers.Registration("wallet", automatic=True))
    providers.provider.cache_clear()
    return till.provider


def test_another_provider_takes_and_refunds_payments(till: Till, wallet: FakeProvider) -> None:
    order_id, uow = till.place(), till.uow
    started = start_payment(till.customer, order_id, "wallet", providers.provider("wallet"), uow)
    paid = wallet.pay(till.reference(order_id))

    assert (started.provider, apply_update("wallet", paid, uow)) == ("wallet", "paid")
    till.cancel(order_id)
    [refund] = uow.queries.due_refunds(datetime.now(UTC), 10)
    assert resolve_refund(refund, providers.provider, uow) == "refunded"

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert providers.automatic_providers() == ("stripe", "wallet")


def test_references_belong_to_one_provider(till: Till, wallet: FakeProvider) -> None:
    order_id = till.place()
    start_payment(till.customer, order_id, "wallet", wallet, till.uow)

    assert apply_update("stripe", wallet.pay(till.reference(order_id)), till.uow) == "unknown_payment"


def test_an_attempt_at_the_old_provider_is_replaced_by_one_at_the_new(till: Till, wallet: FakeProvider) -> None:
    order_id = till.place_and_start()

    start_payment(till.customer, order_id, "wallet", wallet, till.uow)

    assert [(each.provider, each.state) for each in till.payments(order_id)] == [
        ("stripe", "abandoned"),
        ("wallet", "started"),
    ]
