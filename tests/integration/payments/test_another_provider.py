"""A payment provider that is added by one module and one line of the table."""

import sys
from datetime import UTC, datetime
from types import ModuleType

import pytest

from microshop.payments import providers
from microshop.payments.provider_updates import apply_update
from microshop.payments.refund_sending import resolve_refund
from microshop.payments.starting import start_payment
from microshop.platform.mysql import Database
from tests.support.fake_provider import FakeProvider
from tests.support.payments import Till


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


@pytest.fixture
def purse(monkeypatch: pytest.MonkeyPatch, till: Till) -> FakeProvider:
    """A provider called `purse`, in a module of its name, behind its line of the table."""
    module = ModuleType("microshop.payments.providers.purse")
    monkeypatch.setattr(module, "connect", lambda _name: till.provider, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(providers.PROVIDERS, "purse", providers.Registration("purse", automatic=True))
    providers.provider.cache_clear()
    return till.provider


def test_its_money_is_taken_and_given_back_as_any_other(till: Till, purse: FakeProvider) -> None:
    order_id, uow = till.place(), till.uow
    started = start_payment(till.customer, order_id, "purse", providers.provider("purse"), uow)
    paid = purse.pay(till.reference(order_id))

    assert (started.provider, apply_update("purse", paid, uow)) == ("purse", "paid")
    till.cancel(order_id)
    [refund] = uow.queries.due_refunds(datetime.now(UTC), 10)
    assert resolve_refund(refund, providers.provider, uow) == "refunded"

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert providers.automatic_providers() == ("stripe", "purse")


def test_its_names_are_not_another_providers(till: Till, purse: FakeProvider) -> None:
    order_id = till.place()
    start_payment(till.customer, order_id, "purse", purse, till.uow)

    assert apply_update("stripe", purse.pay(till.reference(order_id)), till.uow) == "unknown_payment"


def test_an_attempt_at_a_provider_that_is_no_longer_chosen_gives_way_to_one_at_the_new(
    till: Till, purse: FakeProvider
) -> None:
    order_id = till.started()

    start_payment(till.customer, order_id, "purse", purse, till.uow)

    assert [(each.provider, each.state) for each in till.payments(order_id)] == [
        ("stripe", "abandoned"),
        ("purse", "started"),
    ]
