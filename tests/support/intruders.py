"""What others do with an order while it is being changed: at another connection, between any two statements."""

from collections.abc import Callable

from microshop.errors import ShopError
from tests.support import use_cases
from tests.support.shop_under_test import ShopUnderTest

DEEDS = ["cancel", "confirm", "ship", "refund", "start", "pay", "pay and tell", "tell", "expire", "resolve"]


def intrude(deed: str, order_id: int, shop: ShopUnderTest) -> None:
    """Do it, unless it is refused: the order may be where that cannot be done, or locked."""
    money, other, order = shop.money, shop.intruder, shop.model.orders[order_id]
    owner = shop.owner_of(order_id)
    deeds: dict[str, Callable[[], object]] = {
        "cancel": lambda: use_cases.cancel(other, owner, order_id),
        "confirm": lambda: use_cases.confirm(other, shop.admin, order_id),
        "ship": lambda: use_cases.ship(other, shop.admin, order_id),
        "refund": lambda: money.refund(other, shop.admin, order_id, 100, {next(iter(order.units)): 1}),
        "start": lambda: money.start(other, owner, order_id),
        "pay": lambda: money.provider.pay_for(order_id),
        "pay and tell": lambda: _pay_and_tell(order_id, shop),
        "tell": lambda: money.hear_last(other),
        "expire": lambda: money.expire(other, order_id),
        "resolve": lambda: _resolve(shop),
    }
    _quietly(deeds[deed])


def _pay_and_tell(order_id: int, shop: ShopUnderTest) -> None:
    shop.money.provider.pay_for(order_id)
    shop.money.hear_last(shop.intruder)


def _resolve(shop: ShopUnderTest) -> None:
    """What the schedule does, for which one that fails must not keep those behind it."""
    for act, _ in shop.money.due(shop.intruder):
        _quietly(act)


def _quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except ShopError:
        return
