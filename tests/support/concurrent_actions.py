"""Actions on an order at another connection, between two statements of a use case that changes it."""

from collections.abc import Callable

from microshop.errors import ShopError
from microshop.platform.mysql import Database
from tests.support import use_cases
from tests.support.shop_under_test import ShopUnderTest

ACTIONS = [
    "cancel",
    "confirm",
    "ship",
    "return",
    "refund",
    "start",
    "pay",
    "pay and receive",
    "receive",
    "dispute",
    "expire",
    "resolve",
]


def action_on(name: str, order_id: int, shop: ShopUnderTest, database: Database) -> Callable[[], object]:
    """One of ACTIONS, at this connection. The shop may refuse it: by the order's state, or because it is locked."""
    money, order, owner = shop.money, shop.model.orders[order_id], shop.owner_of(order_id)
    actions: dict[str, Callable[[], object]] = {
        "cancel": lambda: use_cases.cancel(database, owner, order_id),
        "confirm": lambda: use_cases.confirm(database, shop.admin, order_id),
        "ship": lambda: use_cases.ship(database, shop.admin, order_id),
        "return": lambda: use_cases.return_parcel(database, shop.admin, order_id),
        "refund": lambda: money.refund(database, shop.admin, order_id, 100, {next(iter(order.units)): 1}),
        "start": lambda: money.start(database, owner, order_id),
        "pay": lambda: money.provider.pay_for(order_id),
        "pay and receive": lambda: _pay_and_receive(order_id, shop, database),
        "receive": lambda: money.receive_last(database),
        "dispute": lambda: _dispute_and_receive(order_id, shop, database),
        "expire": lambda: money.expire(database, order_id),
        "resolve": lambda: _resolve(shop, database),
    }
    return actions[name]


def ignore_refusal(act: Callable[[], object]) -> None:
    """Act, and ignore a refusal."""
    try:
        act()
    except ShopError:
        return


def _pay_and_receive(order_id: int, shop: ShopUnderTest, database: Database) -> None:
    shop.money.provider.pay_for(order_id)
    shop.money.receive_last(database)


def _dispute_and_receive(order_id: int, shop: ShopUnderTest, database: Database) -> None:
    for intent in shop.money.provider.intents_of(order_id):
        if intent.status == "captured":
            shop.money.provider.dispute(intent.reference, "open", 700)
    shop.money.receive_last(database)


def _resolve(shop: ShopUnderTest, database: Database) -> None:
    """Resolve all due payments, as the schedule does: a failure does not stop the next ones."""
    for act, _ in shop.money.due(database):
        ignore_refusal(act)
