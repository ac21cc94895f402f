"""Creates the accounts and products of a load test, and cleans up after it."""

import math
import secrets
from collections.abc import AsyncIterator

from tools.load.client import Client, Refused
from tools.load.journeys import Order, Shop, requests_per_journey
from tools.load.measurements import Measurements
from tools.load.target import Target
from tools.operator.tables import count_of
from tools.problems import LocalProblem

_PRODUCTS = 20
_STOCK = 100_000
# Of a customer's orders, five may be open at once (MaxUnpaidOrders), each for a few seconds.
_CUSTOMERS_PER_ORDER_A_SECOND = 10
_MIN_CUSTOMERS, _MAX_CUSTOMERS = 5, 100
_ORDERS_PER_JOURNEY = 1 / 5


async def prepare(
    client: Client, target: Target, measurements: Measurements, rate: int, admin: tuple[str, str] | None
) -> Shop:
    """Returns the shop, with new accounts, and with products of its own if there is an admin (address and password).

    Raises:
        LocalProblem: the shop refused something, does not answer or has no products.
    """
    run = secrets.token_hex(4)
    token = await _log_in_admin(client, *admin) if admin else ""
    shop = Shop(client, measurements, (), (), admin=token, provider_url=target.provider_url)
    orders_a_second = rate / requests_per_journey(shop) * _ORDERS_PER_JOURNEY
    wanted = math.ceil(orders_a_second * _CUSTOMERS_PER_ORDER_A_SECOND)
    number = min(max(wanted, _MIN_CUSTOMERS), _MAX_CUSTOMERS)
    shop.customers = tuple([await _register(client, run, n) for n in range(number)])
    shop.ordered_products = await (_create_products(client, token, run) if token else _products_in_stock(client))
    return shop


async def clean_up(shop: Shop) -> AsyncIterator[str]:
    """Cancel open orders and archive the products. Yields what is done and what remains."""
    cancelled = sum([await _cancel(shop.client, order) for order in shop.open_orders.values()])
    if shop.open_orders:
        yield f"{count_of(cancelled, 'open order')} of {len(shop.open_orders)} cancelled"
    if shop.admin:
        archived = sum([await _archive(shop, product) for product in shop.ordered_products])
        yield f"{count_of(archived, 'product')} of {len(shop.ordered_products)} archived"
    accounts, orders = count_of(len(shop.customers), "account"), count_of(shop.placed, "order")
    yield f"{accounts} and {orders} remain, {shop.paid} of them paid"


async def _log_in(client: Client, email: str, password: str) -> str:
    found = await client.require("POST", "/users/login", body={"email": email, "password": password})
    return str(found["token"])


async def _log_in_admin(client: Client, email: str, password: str) -> str:
    found = await client.require("POST", "/users/login", body={"email": email, "password": password})
    if found["user"]["role"] != "admin":
        raise LocalProblem(f"{email} is not an admin: `make admin EMAIL={email}` grants the role")
    return str(found["token"])


async def _register(client: Client, run: str, number: int) -> str:
    # The mailbox simulator of SES: mails to it are delivered, and neither bounce nor reach a person.
    email, password = f"success+load-{run}-{number}@simulator.amazonses.com", secrets.token_urlsafe(16)
    account = {"username": f"Load test {number}", "email": email, "password": password}
    await client.require("POST", "/users/register", body=account)
    return await _log_in(client, email, password)


async def _create_products(client: Client, token: str, run: str) -> tuple[int, ...]:
    return tuple([await _create_product(client, token, f"LOAD-{run.upper()}-{n:02}") for n in range(_PRODUCTS)])


async def _create_product(client: Client, token: str, sku: str) -> int:
    body = {"name": f"Load test {sku}", "sku": sku, "category": "load-test", "stock": _STOCK}
    try:
        created = await client.require("POST", "/products", token=token, body={**body, "price": "19.90"})
    except Refused as refused:
        if "price" not in str(refused):
            raise
        # The currency has no decimals, or cards cannot be charged fractions.
        created = await client.require("POST", "/products", token=token, body={**body, "price": "1990"})
    return int(created["id"])


async def _products_in_stock(client: Client) -> tuple[int, ...]:
    page = await client.require("GET", "/products?limit=50&in_stock=true")
    if not page["items"]:
        raise LocalProblem("the shop has no products in stock: `make seed` creates some, or name an admin with EMAIL=…")
    return tuple(int(item["id"]) for item in page["items"])


async def _cancel(client: Client, order: Order) -> bool:
    try:
        await client.require(
            "POST", f"/orders/{order.id}/cancel", token=order.token, body={"reason": "end of a load test"}
        )
    except LocalProblem:
        return False
    return True


async def _archive(shop: Shop, product: int) -> bool:
    try:
        version = (await shop.client.require("GET", f"/products/{product}"))["version"]
        headers = {"If-Match": f'"{version}"'}
        await shop.client.require("DELETE", f"/products/{product}", token=shop.admin, headers=headers)
    except LocalProblem:
        return False
    return True
