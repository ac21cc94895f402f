"""Staff maintain listings over HTTP. Shop.ask validates every response against docs/openapi.yaml."""

import itertools
from typing import Any

from requests import Response

from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_NUMBERS = itertools.count(1)
_COLOR = {
    "code": "color",
    "name": {"en": "Colour", "zh": "颜色"},
    "values": [{"code": "red", "name": {"en": "Red", "zh": "红"}}, {"code": "blue", "name": {"en": "Blue"}}],
}


def _category(shop: Shop, admin: Customer) -> int:
    product = shop.product(category="Shirts of staff")
    sku = shop.ask("GET", f"/products/{product}", by=admin).json()["sku"]
    [listed] = shop.ask("GET", "/admin/listings", by=admin, query={"q": sku}).json()["items"]
    found = shop.ask("GET", f"/admin/listings/{listed['id']}", by=admin).json()
    return int(found["category_ids"][0])


def _body(category: int, **more: Any) -> dict[str, Any]:
    return {
        "texts": {"en": {"name": f"Linen shirt {next(_NUMBERS)}"}, "zh": {"name": "亚麻衬衫"}},
        "category_ids": [category],
        "brand": "Lina",
        "options": [_COLOR],
        **more,
    }


def _variants(*colors: str) -> list[dict[str, Any]]:
    return [{"options": {"color": color}, "price": "49.90", "stock": 2} for color in colors]


def _fields(answer: Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def _create(shop: Shop, admin: Customer, **more: Any) -> dict[str, Any]:
    body = _body(_category(shop, admin), **{"variants": _variants("red", "blue"), **more})
    answer = shop.ask("POST", "/admin/listings", by=admin, json=body)
    assert answer.status_code == 201, answer.text
    return dict(shop.ask("GET", f"/admin/listings/{answer.json()['id']}", by=admin).json())


def test_created_listing_is_a_draft_that_can_be_published(shop: Shop, admin: Customer) -> None:
    listing = _create(shop, admin)
    product = f"/products/{listing['variants'][0]['id']}"

    assert (listing["state"], [each["state"] for each in listing["variants"]]) == ("draft", ["hidden", "hidden"])
    assert shop.ask("GET", product).status_code == 404
    answer = shop.ask(
        "POST", f"/admin/listings/{listing['id']}/state", by=admin, json={"state": "active", "version": 1}
    )
    assert (answer.json()["state"], answer.headers["ETag"]) == ("active", '"2"')
    assert shop.ask("GET", product).json()["name"].endswith("(Red)")


def test_update_renames_the_products_and_keeps_the_slug(shop: Shop, admin: Customer) -> None:
    listing = _create(shop, admin, state="active")
    product = f"/products/{listing['variants'][0]['id']}"
    shop.ask("GET", product)
    body = _body(listing["category_ids"][0], texts={"en": {"name": "Cotton shirt", "description": "Soft"}})

    answer = shop.ask("PUT", f"/admin/listings/{listing['id']}", by=admin, json=body, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["slugs"]) == (200, listing["slugs"])
    assert shop.ask("GET", product).json()["name"] == "Cotton shirt (Red)"
    again = shop.ask("PUT", f"/admin/listings/{listing['id']}", by=admin, json={**body, "version": 1})
    assert refusal(again) == (409, "version-conflict")
    assert shop.ask("PUT", f"/admin/listings/{listing['id']}", by=admin, json=body).status_code == 428


def test_wrong_fields_are_named(shop: Shop, admin: Customer) -> None:
    category = _category(shop, admin)
    rows: list[tuple[dict[str, Any], list[str]]] = [
        ({"texts": {"zh": {"name": "衬衫"}}}, ["texts.en"]),
        ({"texts": {"en": {"name": "Shirt"}, "xx": {"name": "Shirt"}}}, ["texts.xx"]),
        ({"category_ids": [category, 999_999_999]}, ["category_ids.1"]),
        ({"category_ids": [category, category]}, ["category_ids.1"]),
        ({"options": [_COLOR, _COLOR]}, ["options.1.code"]),
        ({"options": [{**_COLOR, "code": "Color"}]}, ["options.0.code"]),
        ({"variants": _variants("green")}, ["variants.0.options.color"]),
        ({"variants": _variants("red", "red")}, ["variants.1.options"]),
        ({"variants": [{**_variants("red")[0], "price": "1.999"}]}, ["variants.0.price"]),
        ({"variants": []}, ["variants"]),
        ({"state": "archived"}, ["state"]),
        ({"slug": "Shirt"}, ["slug"]),
    ]
    for wrong, fields in rows:
        body = _body(category, **{"variants": _variants("red"), **wrong})
        answer = shop.ask("POST", "/admin/listings", by=admin, json=body)
        assert (answer.status_code, _fields(answer)) == (400, fields), wrong


def test_repeated_post_with_its_key_creates_once(shop: Shop, admin: Customer) -> None:
    body = _body(_category(shop, admin), variants=_variants("red"))
    headers = {"Idempotency-Key": f"listing-{next(_NUMBERS)}"}

    first, again = (shop.ask("POST", "/admin/listings", by=admin, json=body, headers=headers) for _ in range(2))

    assert (first.status_code, first.json()) == (201, again.json())


def test_taken_skus_and_slugs_are_refused(shop: Shop, admin: Customer) -> None:
    listing = _create(shop, admin)
    category, variant = listing["category_ids"][0], listing["variants"][0]

    taken = _body(category, variants=[{**_variants("red")[0], "sku": variant["sku"]}])
    assert refusal(shop.ask("POST", "/admin/listings", by=admin, json=taken)) == (409, "sku-taken")
    taken = _body(category, variants=_variants("red"), slug=listing["slugs"][0])
    assert refusal(shop.ask("POST", "/admin/listings", by=admin, json=taken)) == (409, "slug-taken")


def test_variants_are_added_changed_archived_and_restored(shop: Shop, admin: Customer) -> None:
    listing = _create(shop, admin, state="active", variants=_variants("red"))
    blue = {"options": {"color": "blue"}, "price": "39.90", "sku": f"BLUE-{listing['id']}"}

    added = shop.ask("POST", f"/admin/listings/{listing['id']}/variants", by=admin, json=blue)
    assert added.status_code == 201
    again = shop.ask("POST", f"/admin/listings/{listing['id']}/variants", by=admin, json={**blue, "sku": ""})
    assert refusal(again) == (409, "equal-variant")
    product_id = added.json()["id"]
    body = {"sku": blue["sku"], "price": "29.90", "image_urls": []}
    changed = shop.ask("PUT", f"/admin/variants/{product_id}", by=admin, json=body, headers={"If-Match": '"1"'})
    assert (changed.json()["price"], changed.headers["ETag"]) == ("29.90", '"2"')
    archived = shop.ask("POST", f"/admin/variants/{product_id}/archive", by=admin, json={"release": True, "version": 2})
    assert (archived.json()["state"], archived.json()["sku"]) == ("released", f"~{product_id}")
    refused = shop.ask("POST", f"/admin/variants/{product_id}/restore", by=admin, json={"version": 3})
    assert (refused.status_code, _fields(refused)) == (400, ["sku"])
    restored = shop.ask(
        "POST", f"/admin/variants/{product_id}/restore", by=admin, json={"sku": blue["sku"], "version": 3}
    )
    assert (restored.json()["state"], restored.json()["sku"]) == ("on_sale", blue["sku"])


def test_lists_find_listings_by_name_and_state(shop: Shop, admin: Customer) -> None:
    listing = _create(shop, admin)
    name = listing["texts"]["en"]["name"]

    def ids(**query: str) -> list[int]:
        return [item["id"] for item in shop.ask("GET", "/admin/listings", by=admin, query=query).json()["items"]]

    assert ids(q=name.upper()) == [listing["id"]]
    assert listing["id"] in ids(state="draft")
    assert listing["id"] not in ids(state="active")
    both = shop.ask("GET", "/admin/listings", by=admin, query={"q": name, "state": "draft"})
    assert (both.status_code, _fields(both)) == (400, ["state"])


def test_page_shows_a_renamed_category_after_the_next_refresh(shop: Shop, admin: Customer) -> None:
    names = [f"Section {next(_NUMBERS)} of {admin.email}" for _ in range(2)]
    category = shop.ask("POST", "/admin/categories", by=admin, json={"texts": {"en": {"name": names[0]}}}).json()["id"]
    body = _body(category, variants=_variants("red"), state="active")
    page = f"/listings/{shop.ask('POST', '/admin/listings', by=admin, json=body).json()['id']}"

    def breadcrumbs() -> list[str]:
        return [each["name"] for each in shop.ask("GET", page).json()["breadcrumbs"]]

    before = breadcrumbs()
    changed = {"texts": {"en": {"name": names[1]}}, "version": 1}
    assert shop.ask("PUT", f"/admin/categories/{category}", by=admin, json=changed).status_code == 200
    shop.invoke("RefreshListingsFunction")

    assert (before, breadcrumbs()) == ([names[0]], [names[1]])


def test_slug_that_was_asked_for_too_early_leads_to_its_listing_at_once(shop: Shop, admin: Customer) -> None:
    slugs = [f"early-{next(_NUMBERS)}-{admin.id}" for _ in range(2)]
    early = [shop.ask("GET", f"/listings/{slug}").status_code for slug in slugs]

    listing = _create(shop, admin, slug=slugs[0], state="active")
    created = shop.ask("GET", f"/listings/{slugs[0]}").status_code
    details = {**_body(listing["category_ids"][0], slug=slugs[1]), "version": listing["version"]}
    updated = shop.ask("PUT", f"/admin/listings/{listing['id']}", by=admin, json=details)

    assert (early, created, updated.status_code) == ([404, 404], 200, 200)
    assert shop.ask("GET", f"/listings/{slugs[1]}").json()["id"] == listing["id"]


def test_options_of_a_page_are_named_in_the_language_asked_for(shop: Shop, admin: Customer) -> None:
    listing = _create(shop, admin, texts={"en": {"name": "Hat"}}, state="active")

    page = shop.ask("GET", f"/listings/{listing['id']}", query={"language": "zh"}).json()

    assert (page["language"], page["name"], page["options"][0]["name"]) == ("en", "Hat", "颜色")
