"""`make seed`: create the demo catalogue through the API, as an admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.listings.listing import State
from microshop.money import to_decimal
from tools.demo.catalogue_files import CURRENCY, read_catalogue
from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD
from tools.operator.accounts import password_of
from tools.operator.api import Api, Refused
from tools.operator.tables import count_of
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from microshop.listings.options import Option
    from tools.demo.catalogue_files import DemoCatalogue, DemoListing
    from tools.operator.stacks import Stack

_PRODUCTION_SUFFIX = "-prod"


def seed(stack: Stack, *, email: str | None, force: bool) -> Iterator[str]:
    """Create the demo categories and listings that are missing, with prices in the shop's currency.

    A listing exists if one of its SKUs does. The password of the local stack's admin is known; that of another admin
    comes from the environment or a prompt.

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
    catalogue = read_catalogue()
    category_ids = _create_categories(api, catalogue)
    listings = [listing for listing in catalogue.listings if listing.state == State.ACTIVE]
    created = sum(_create_listing(api, listing, category_ids) for listing in listings)
    yield f"{stack.name}: {count_of(created, 'listing')} created, {len(listings) - created} already existed."


def _create_categories(api: Api, catalogue: DemoCatalogue) -> Mapping[str, int]:
    """Create the categories whose slugs do not exist. Returns the ids of all by slug."""
    ids = {category["slug"]: int(category["id"]) for category in api.get("/admin/categories")["items"]}
    for category in catalogue.categories:
        if category.slug not in ids:
            body = {"texts": {language: {"name": name} for language, name in category.names.items()}}
            parent = {"parent_id": ids[category.parent]} if category.parent else {}
            created = _post(api, "/admin/categories", {**body, **parent, "slug": category.slug})
            ids[category.slug] = int(created["id"])
    return ids


def _create_listing(api: Api, listing: DemoListing, category_ids: Mapping[str, int]) -> bool:
    def body(price: Callable[[int], str]) -> dict[str, Any]:
        return {
            "texts": {language: vars(text) for language, text in listing.texts.items()},
            "category_ids": [category_ids[slug] for slug in listing.categories],
            "options": [_option(option) for option in listing.options],
            "state": "active",
            "variants": [
                {
                    "sku": variant.sku,
                    "options": variant.chosen,
                    "price": price(variant.price_minor),
                    "stock": variant.stock,
                }
                for variant in listing.variants
            ],
            **({"brand": listing.brand} if listing.brand else {}),
        }

    try:
        try:
            _post(api, "/admin/listings", body(lambda minor: to_decimal(minor, CURRENCY)))
        except Refused as refused:
            if not all(field.endswith(".price") for field in refused.fields) or not refused.fields:
                raise
            # The currency has no decimals, or cards cannot be charged fractions: 1999 yen instead of 19.99 dollars.
            _post(api, "/admin/listings", body(str))
    except Refused as refused:
        if refused.kind != "sku-taken":
            raise
        return False
    return True


def _option(option: Option) -> dict[str, Any]:
    values = [{"code": value.code, "name": value.name} for value in option.values]
    return {"code": option.code, "name": option.name, "values": values}


def _post(api: Api, path: str, body: dict[str, Any]) -> Any:
    """Send a body, without the languages that the shop does not have."""
    try:
        return api.post(path, body)
    except Refused as refused:
        unknown = {field.removeprefix("texts.") for field in refused.fields if field.startswith("texts.")}
        unknown &= body["texts"].keys()
        if not unknown:
            raise
        return api.post(path, _without(body, unknown))


def _without(part: Any, languages: set[str]) -> Any:
    """Returns a part of a body without the texts and names in these languages."""
    if isinstance(part, dict):
        return {name: _without(value, languages) for name, value in part.items() if name not in languages}
    return [_without(each, languages) for each in part] if isinstance(part, list) else part
