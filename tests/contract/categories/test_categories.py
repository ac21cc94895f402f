"""Everybody reads the category tree over HTTP. Shop.ask validates every response against docs/openapi.yaml."""

import itertools
from typing import Any

import pytest

from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_NUMBERS = itertools.count(1)


def _add(shop: Shop, admin: Customer, english: str, chinese: str | None = None, parent_id: int | None = None) -> int:
    texts = {"en": {"name": english}} | ({"zh": {"name": chinese}} if chinese else {})
    body = {"texts": texts, **({"parent_id": parent_id} if parent_id else {})}
    answer = shop.ask("POST", "/admin/categories", by=admin, json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


@pytest.fixture
def clothes(shop: Shop, admin: Customer) -> int:
    """A category with a Chinese name, and three below it."""
    number = next(_NUMBERS)
    clothes = _add(shop, admin, f"Clothes {number}", f"衣服 {number}")
    for english, chinese in (("zebra prints", "斑马"), ("Apple green", "绿色"), ("Éclairs", None)):
        _add(shop, admin, english, chinese, clothes)
    return clothes


def _node(shop: Shop, category_id: int, **headers: str) -> dict[str, Any]:
    items = shop.ask("GET", "/categories", headers=headers).json()["items"]
    return next(item for item in items if item["id"] == category_id)


def test_tree_is_in_the_language_of_the_client_and_sorted_for_its_readers(shop: Shop, clothes: int) -> None:
    english = _node(shop, clothes, **{"Accept-Language": "en-GB"})
    chinese = _node(shop, clothes, **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})

    assert [each["name"] for each in english["children"]] == ["Apple green", "Éclairs", "zebra prints"]
    # A missing name is in the default language. 斑 is bān, 绿 is lǜ.
    assert [each["name"] for each in chinese["children"]] == ["Éclairs", "斑马", "绿色"]
    assert chinese["name"].startswith("衣服")


def test_language_parameter_overrides_the_header(shop: Shop, clothes: int) -> None:
    answer = shop.ask("GET", f"/categories/{clothes}", query={"language": "zh"}, headers={"Accept-Language": "en"})

    assert answer.json()["name"].startswith("衣服")
    assert answer.headers["Content-Language"] == "zh"
    assert "Accept-Language" in answer.headers["Vary"]
    refused = shop.ask("GET", "/categories", query={"language": "xx"})
    assert [error["field"] for error in refused.json()["errors"]] == ["language"]


def test_category_has_the_categories_above_and_below_it(shop: Shop, admin: Customer, clothes: int) -> None:
    shoes = _add(shop, admin, "Shoes", parent_id=clothes)
    boots = _add(shop, admin, "Boots", parent_id=shoes)

    by_id = shop.ask("GET", f"/categories/{shoes}").json()
    by_slug = shop.ask("GET", f"/categories/{by_id['slug']}").json()

    assert by_id == by_slug
    assert [each["id"] for each in by_id["breadcrumbs"]] == [clothes]
    assert [each["id"] for each in by_id["children"]] == [boots]
    assert by_id["listings"] == {"value": 0, "exact": True}


def test_unknown_category_is_not_found(shop: Shop) -> None:
    for category in (2**62, "no-such-category"):
        assert refusal(shop.ask("GET", f"/categories/{category}")) == (404, "not-found")


@pytest.mark.parametrize("path", ["/categories", "/categories/{clothes}"])
def test_client_with_the_current_etag_gets_304(shop: Shop, clothes: int, path: str) -> None:
    path = path.format(clothes=clothes)
    etag = shop.ask("GET", path).headers["ETag"]

    answer = shop.ask("GET", path, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.headers["ETag"], answer.content) == (304, etag, b"")


def test_new_category_is_in_the_tree_at_once(shop: Shop, admin: Customer) -> None:
    shop.ask("GET", "/categories")

    category_id = _add(shop, admin, f"Brand new {next(_NUMBERS)}")

    assert _node(shop, category_id)["children"] == []
