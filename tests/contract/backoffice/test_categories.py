"""Staff maintain the category tree over HTTP. Shop.ask validates every response against docs/openapi.yaml."""

import itertools
from typing import Any

from requests import Response

from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_NUMBERS = itertools.count(1)


def _name(word: str) -> str:
    return f"{word} {next(_NUMBERS)} of staff"


def _add(shop: Shop, admin: Customer, name: str, parent_id: int | None = None, **more: Any) -> int:
    body = {"texts": {"en": {"name": name}}, **({"parent_id": parent_id} if parent_id else {}), **more}
    answer = shop.ask("POST", "/admin/categories", by=admin, json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def _move(shop: Shop, admin: Customer, category_id: int, **place: int) -> Response:
    return shop.ask("POST", f"/admin/categories/{category_id}/move", by=admin, json={"version": 1, **place})


def _listed(shop: Shop, admin: Customer) -> dict[int, dict[str, Any]]:
    items = shop.ask("GET", "/admin/categories", by=admin).json()["items"]
    return {item["id"]: item for item in items}


def _fields(answer: Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_added_categories_are_listed_below_their_parents(shop: Shop, admin: Customer) -> None:
    clothes = _add(shop, admin, _name("Clothes"))
    shoes = _add(shop, admin, _name("Shoes"), clothes, slug=f"shoes-{clothes}")

    listed = _listed(shop, admin)
    ids = list(listed)

    assert ids.index(shoes) == ids.index(clothes) + 1
    assert [listed[shoes][name] for name in ("level", "slug", "version")] == [2, f"shoes-{clothes}", 1]
    assert listed[shoes]["listings"] == {"value": 0, "exact": True}


def test_repeated_post_with_its_key_adds_once(shop: Shop, admin: Customer) -> None:
    body = {"texts": {"en": {"name": _name("Hats")}, "zh": {"name": _name("帽子")}}}
    headers = {"Idempotency-Key": f"category-{next(_NUMBERS)}"}

    first, again = (shop.ask("POST", "/admin/categories", by=admin, json=body, headers=headers) for _ in range(2))

    assert first.json() == again.json()
    assert first.headers["Location"] == f"/api/v1/categories/{first.json()['id']}"


def test_texts_in_wrong_languages_are_refused(shop: Shop, admin: Customer) -> None:
    rows: list[tuple[dict[str, Any], list[str]]] = [
        ({"zh": {"name": "鞋"}}, ["texts.en"]),
        ({"en": {"name": "Shoes"}, "xx": {"name": "Shoes"}}, ["texts.xx"]),
        ({"en": {"name": " "}}, ["texts.en.name"]),
        ({"en": {"name": "Shoes", "description": ""}}, ["texts.en.description"]),
        ({}, ["texts.en"]),
    ]
    for texts, fields in rows:
        answer = shop.ask("POST", "/admin/categories", by=admin, json={"texts": texts})
        assert (answer.status_code, _fields(answer)) == (400, fields), texts


def test_change_replaces_the_texts_unless_the_version_has_changed(shop: Shop, admin: Customer) -> None:
    category_id, name = _add(shop, admin, _name("Coats")), _name("Jackets")
    body = {"texts": {"en": {"name": name}, "zh": {"name": _name("夹克")}}, "version": 1}

    changed = shop.ask("PUT", f"/admin/categories/{category_id}", by=admin, json=body)

    assert changed.json()["texts"] == body["texts"]
    assert (changed.json()["version"], changed.headers["ETag"]) == (2, '"2"')
    again = shop.ask("PUT", f"/admin/categories/{category_id}", by=admin, json=body)
    assert refusal(again) == (409, "version-conflict")


def test_name_of_a_sibling_is_refused_with_its_field(shop: Shop, admin: Customer) -> None:
    name = _name("Bags")
    _add(shop, admin, name)

    answer = shop.ask("POST", "/admin/categories", by=admin, json={"texts": {"en": {"name": name.upper()}}})

    assert (*refusal(answer), _fields(answer)) == (409, "category-name-taken", ["texts.en.name"])


def test_slug_of_another_category_is_refused(shop: Shop, admin: Customer) -> None:
    belts = _add(shop, admin, _name("Belts"))
    slug = _listed(shop, admin)[belts]["slug"]
    body = {"texts": {"en": {"name": _name("Gloves")}}, "slug": slug}

    assert refusal(shop.ask("POST", "/admin/categories", by=admin, json=body)) == (409, "slug-taken")


def test_move_below_itself_is_refused_with_its_field(shop: Shop, admin: Customer) -> None:
    top = _add(shop, admin, _name("Top"))
    below = _add(shop, admin, _name("Below"), top)

    answer = _move(shop, admin, top, parent_id=below)

    assert (answer.status_code, _fields(answer)) == (400, ["parent_id"])
    moved = _move(shop, admin, below, before_id=top)
    assert (moved.json()["parent_id"], moved.json()["version"]) == (None, 2)
    ids = list(_listed(shop, admin))
    assert ids.index(below) == ids.index(top) - 1


def test_category_in_use_is_not_deleted(shop: Shop, admin: Customer) -> None:
    top = _add(shop, admin, _name("Top"))
    below = _add(shop, admin, _name("Below"), top)

    assert refusal(shop.ask("DELETE", f"/admin/categories/{top}", by=admin)) == (409, "category-in-use")
    for category_id in (below, top):
        assert shop.ask("DELETE", f"/admin/categories/{category_id}", by=admin).status_code == 204
    assert refusal(shop.ask("DELETE", f"/admin/categories/{top}", by=admin)) == (404, "not-found")


def test_customers_cannot_change_categories(shop: Shop, customer: Customer) -> None:
    body = {"texts": {"en": {"name": _name("Mine")}}}

    assert refusal(shop.ask("POST", "/admin/categories", by=customer, json=body)) == (403, "forbidden")
