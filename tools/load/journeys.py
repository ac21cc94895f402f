"""The journeys of a load test: a visitor who looks around, a customer who orders, and an admin who ships.

For each order, three visitors only look around. Together they send the requests of the traffic model of docs/costs.md.
"""

import asyncio
import functools
import itertools
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tools.load import steps
from tools.load.client import Answer, Client
from tools.load.generator import Journey
from tools.load.measurements import Measurements
from tools.load.steps import Step

ADDRESS = {
    "recipient": "Load Test",
    "street": "1 Main St",
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "country": "US",
}
_READ_PRODUCTS = 5
_WORDS = ("coffee", "mug", "tea", "lamp")
_SHIPPABLE = ("confirmed", "pending")  # a pending order only with cash on delivery
_MAX_REMEMBERED = 1_000


class JourneyEndedEarly(Exception):
    """A step failed, so the journey cannot go on."""


@dataclass(frozen=True, slots=True)
class Order:
    """A placed order and the token of its customer."""

    id: int
    token: str


@dataclass
class Shop:
    """What the journeys of a load test know of the shop. Without `admin`, no order is shipped."""

    client: Client
    measurements: Measurements
    customers: tuple[str, ...]  # tokens
    ordered_products: tuple[int, ...]
    admin: str = ""
    provider_url: str = ""  # of the local payment provider
    placed: int = 0
    paid: int = 0
    open_orders: dict[int, Order] = field(default_factory=dict)  # neither paid, shipped nor cancelled
    to_ship: deque[Order] = field(default_factory=lambda: deque(maxlen=_MAX_REMEMBERED))
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def next_of[T](self, values: tuple[T, ...]) -> T:
        """Returns one value after the other."""
        return values[next(self.numbers) % len(values)]


class Visit:
    """The requests of one journey, one after the other. The first one is measured from the intended start."""

    def __init__(self, shop: Shop, intended: float, token: str = "") -> None:
        self._shop = shop
        self._intended = intended
        self._token = token

    async def request(
        self, step: Step, *, of: object = "", query: str = "", body: object = None, key: str | None = None
    ) -> Any:
        """Returns the body of a successful response.

        Raises:
            JourneyEndedEarly: there was an error or no response.
        """
        path = step.path.replace("{id}", str(of)) + query
        headers = {"Idempotency-Key": key} if key else None
        return self._measured(
            step, await self._shop.client.send(step.method, path, token=self._token, body=body, headers=headers)
        )

    async def pay(self, payment: dict[str, str]) -> None:
        """Confirm a payment at the local provider, as the front end of a shop does."""
        secret = payment["client_secret"]
        path = steps.PAY.path.replace("{id}", secret.partition("_secret_")[0])
        form = {"client_secret": secret, "payment_method": "pm_card_visa"}
        url = self._shop.provider_url + path
        self._measured(steps.PAY, await self._shop.client.send_form(url, form, payment["publishable_key"]))

    def _measured(self, step: Step, answer: Answer) -> Any:
        now = asyncio.get_running_loop().time()
        self._shop.measurements.add(step, now - self._intended, answer.status, answer.problem)
        self._intended = now
        if not answer.is_ok:
            raise JourneyEndedEarly
        return answer.body


async def look_around(shop: Shop, visit: Visit) -> None:
    """Read two lists of products and five products. The visitor has no account."""
    page = await visit.request(steps.LIST_PRODUCTS)
    await visit.request(steps.SEARCH_PRODUCTS, query=f"?q={shop.next_of(_WORDS)}")
    products = tuple(item["id"] for item in page["items"]) or shop.ordered_products
    for _ in range(_READ_PRODUCTS):
        await visit.request(steps.READ_PRODUCT, of=shop.next_of(products))


async def buy(shop: Shop, visit: Visit, token: str) -> None:
    """Look around, place an order, pay it if the shop has the local provider, and read it."""
    await visit.request(steps.LIST_CATEGORIES)
    await look_around(shop, visit)
    await visit.request(steps.READ_PROFILE)
    body = {
        "items": [{"product_id": shop.next_of(shop.ordered_products), "quantity": 1}],
        "address": ADDRESS,
        "payment_method": "card" if shop.provider_url else "cash_on_delivery",
    }
    placed = await visit.request(steps.PLACE_ORDER, body=body, key=str(uuid.uuid4()))
    order = Order(placed["id"], token)
    shop.placed += 1
    shop.open_orders[order.id] = order
    if shop.provider_url:
        await visit.pay(await visit.request(steps.START_PAYMENT, of=order.id))
        shop.paid += 1
        del shop.open_orders[order.id]
    for _ in range(3):
        await visit.request(steps.READ_ORDER, of=order.id)
    await visit.request(steps.LIST_ORDERS)
    if shop.admin:
        shop.to_ship.append(order)
    elif not shop.provider_url:
        await visit.request(steps.CANCEL_ORDER, of=order.id, body={"reason": "load test"})
        shop.open_orders.pop(order.id, None)


async def administer(shop: Shop, visit: Visit) -> None:
    """List orders, adjust the stock of a product, and ship and deliver the oldest order that can be shipped."""
    page = await visit.request(steps.ADMIN_LISTS_ORDERS)
    order = shop.to_ship.popleft() if shop.to_ship else None
    stock = {"delta": 1, "kind": "received", "reason": "load test"}
    await visit.request(
        steps.ADMIN_ADJUSTS_STOCK, of=shop.next_of(shop.ordered_products), body=stock, key=str(uuid.uuid4())
    )
    if order is None:
        for item in page["items"][:1]:
            await visit.request(steps.ADMIN_READS_ORDER, of=item["id"])
        return
    found = await visit.request(steps.ADMIN_READS_ORDER, of=order.id)
    if found["status"] not in _SHIPPABLE or (shop.provider_url and found["payment_status"] != "paid"):
        shop.to_ship.append(order)  # the provider's webhook has not arrived yet
        return
    shipment = {"status": "shipped", "carrier": "Load", "tracking_number": f"LOAD{order.id}"}
    await visit.request(steps.ADMIN_SHIPS_ORDER, of=order.id, body=shipment)
    shop.open_orders.pop(order.id, None)
    await visit.request(steps.ADMIN_DELIVERS_ORDER, of=order.id, body={"status": "delivered"})


def mix(shop: Shop) -> Iterator[Journey]:
    """Yields journeys without end, in a fixed order."""
    customers = itertools.cycle(shop.customers)
    while True:
        yield _journey(shop, "", look_around)
        yield _journey(shop, "", look_around)
        token = next(customers)
        yield _journey(shop, token, functools.partial(buy, token=token))
        yield _journey(shop, "", look_around)
        if shop.admin:
            yield _journey(shop, shop.admin, administer)


def requests_per_journey(shop: Shop) -> float:
    """Returns the average number of requests to the shop of a journey without an error."""
    looking = 2 + _READ_PRODUCTS
    buying = looking + 3 + 3 + 1 + (1 if shop.provider_url or not shop.admin else 0)
    return (3 * looking + buying + 5) / 5 if shop.admin else (3 * looking + buying) / 4


def _journey(shop: Shop, token: str, steps_of: Callable[[Shop, Visit], Any]) -> Journey:
    async def run(intended: float) -> bool:
        try:
            await steps_of(shop, Visit(shop, intended, token))
        except JourneyEndedEarly:
            return False
        return True

    return run
