"""`make seed`: puts the demo catalogue on sale, as an admin over the API."""

import json
from collections.abc import Iterator
from typing import Any

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD, demo_products
from tools.operator.accounts import password_of
from tools.operator.api import Api, Refused
from tools.operator.stacks import Stack
from tools.operator.tables import counted
from tools.problems import LocalProblem

_MEANT_FOR_CUSTOMERS = "-prod"


def seed(stack: Stack, *, email: str | None, force: bool) -> Iterator[str]:
    """Make the products whose SKUs are not there, at prices in the shop's currency.

    The local stack's admin is known; the password of another must be typed or given.

    Raises:
        LocalProblem: the stack is for customers, or the account is no admin's.
    """
    if stack.name.endswith(_MEANT_FOR_CUSTOMERS) and not force:
        raise LocalProblem(f"{stack.name} is a shop for customers: FORCE=yes puts demo products on sale there too")
    api = Api(stack.api_url)
    known = email in (None, ADMIN_EMAIL) and stack.name == "the local stack"
    if not (known or email):
        raise LocalProblem(f"make seed needs EMAIL=… of an admin of {stack.name} (`make admin` makes one)")
    if api.log_in(str(email or ADMIN_EMAIL), ADMIN_PASSWORD if known else password_of(str(email))) != "admin":
        raise LocalProblem(f"{email} is not an admin of {stack.name}: `make admin EMAIL={email}` makes it one")
    products = list(demo_products())
    made = sum(_made(api, product) for product in products)
    yield f"{stack.name}: {counted(made, 'product')} put on sale, {len(products) - made} were there already."


def _made(api: Api, product: dict[str, Any]) -> bool:
    cents = product["price_minor"]
    body = {name: product[name] for name in ("sku", "name", "description", "category", "stock")}
    body["image_urls"] = json.loads(product["image_urls"])
    try:
        _post(api, {**body, "price": f"{cents // 100}.{cents % 100:02}"}, whole_price=str(cents))
    except Refused as refused:
        if refused.kind != "sku-taken":
            raise
        return False
    return True


def _post(api: Api, body: dict[str, Any], *, whole_price: str) -> None:
    try:
        api.post("/products", body)
    except Refused as refused:
        if refused.fields != {"price"}:
            raise
        # The shop's currency has no decimals, or no card can be charged them: 1999 yen for 19.99 dollars.
        api.post("/products", {**body, "price": whole_price})
