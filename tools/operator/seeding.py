"""`make seed`: create the demo products through the API, as an admin."""

from collections.abc import Iterator
from typing import Any

from microshop.listings.listing import State
from microshop.money import to_decimal
from tools.demo.catalogue_files import CURRENCY, LANGUAGES, DemoCatalogue, read_catalogue
from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD
from tools.operator.accounts import password_of
from tools.operator.api import Api, Refused
from tools.operator.stacks import Stack
from tools.operator.tables import count_of
from tools.problems import LocalProblem

_PRODUCTION_SUFFIX = "-prod"


def seed(stack: Stack, *, email: str | None, force: bool) -> Iterator[str]:
    """Create the demo products whose SKUs do not exist, with prices in the shop's currency. Each gets its own listing.

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
    products = list(_products(read_catalogue()))
    created = sum(_create(api, product, price_minor) for product, price_minor in products)
    yield f"{stack.name}: {count_of(created, 'product')} created, {len(products) - created} already existed."


def _products(catalogue: DemoCatalogue) -> Iterator[tuple[dict[str, Any], int]]:
    """Yields the body of a request for each variant on sale, without its price, and the price in minor units."""
    default = LANGUAGES[0]
    names = {category.slug: category.names[default] for category in catalogue.categories}
    for index, variant in catalogue.products():
        listing = catalogue.listings[index]
        if listing.state == State.ACTIVE:
            body = {
                "sku": variant.sku,
                "name": listing.name_of(variant, default),
                "description": listing.texts[default].description,
                "category": names[listing.categories[0]],
                "stock": variant.stock,
            }
            yield body, variant.price_minor


def _create(api: Api, product: dict[str, Any], price_minor: int) -> bool:
    try:
        _post(api, {**product, "price": to_decimal(price_minor, CURRENCY)}, whole_price=str(price_minor))
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
