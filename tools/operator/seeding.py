"""`make seed`: create the demo products through the API, as an admin."""

import json
from collections.abc import Iterator
from typing import Any

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD, demo_products
from tools.operator.accounts import password_of
from tools.operator.api import Api, Refused
from tools.operator.stacks import Stack
from tools.operator.tables import count_of
from tools.problems import LocalProblem

_PRODUCTION_SUFFIX = "-prod"


def seed(stack: Stack, *, email: str | None, force: bool) -> Iterator[str]:
    """Create the demo products whose SKUs do not exist, with prices in the shop's currency.

    The password of the local stack's admin is known; that of another admin comes from the environment or a prompt.

    Raises:
        LocalProblem: the stack is in production, or the user is not an admin.
    """
    if stack.name.endswith(_PRODUCTION_SUFFIX) and not force:
        raise LocalProblem(f"{stack.name} serves customers: FORCE=yes creates demo products there anyway")
    api = Api(stack.api_url)
    known = email in (None, ADMIN_EMAIL) and stack.name == "the local stack"
    if not (known or email):
        raise LocalProblem(f"make seed needs EMAIL=… of an admin of {stack.name} (`make admin` grants the role)")
    if api.log_in(str(email or ADMIN_EMAIL), ADMIN_PASSWORD if known else password_of(str(email))) != "admin":
        raise LocalProblem(f"{email} is not an admin of {stack.name}: `make admin EMAIL={email}` grants the role")
    products = list(demo_products())
    created = sum(_create(api, product) for product in products)
    yield f"{stack.name}: {count_of(created, 'product')} created, {len(products) - created} already existed."


def _create(api: Api, product: dict[str, Any]) -> bool:
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
        # The currency has no decimals, or cards cannot be charged fractions: 1999 yen instead of 19.99 dollars.
        api.post("/products", {**body, "price": whole_price})
