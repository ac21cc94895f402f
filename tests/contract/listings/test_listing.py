"""The page of one listing; Shop.ask validates every response against docs/openapi.yaml."""

import uuid
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.support.api_description import check
from tests.support.listings import GivenVariant, put_category, put_listing
from tests.support.shop import Shop

_RENAME = "UPDATE listing_slugs SET is_current = NULL WHERE slug = %(old)s"
_CURRENT = "INSERT INTO listing_slugs (slug, listing_id, is_current) VALUES (%(new)s, %(id)s, TRUE)"


@pytest.fixture
def slug() -> str:
    """A slug that no other test uses."""
    return f"shirt-{uuid.uuid4().hex}"


def _ask(shop: Shop, listing: object, **query: str) -> requests.Response:
    return shop.ask("GET", f"/listings/{listing}", query=query)


def test_a_listing_is_shown_with_its_variants(shop: Shop, slug: str) -> None:
    clothes = put_category(shop.database, f"Clothes of {slug}", zh=f"服装 {slug}")
    shirts = put_category(shop.database, "Shirts", clothes)
    variants = [
        GivenVariant("size=m", 1500, stock=0),
        GivenVariant("size=s", 1000, stock=4),
        GivenVariant("size=l", 900, archived=True),
    ]
    size = {
        "code": "size",
        "name": {"en": "Size", "zh": "尺码"},
        "values": [{"code": code, "name": {"en": code.upper()}} for code in ("s", "m", "l")],
    }
    names = {"en": "Linen shirt", "zh": "亚麻衬衫"}
    listing_id = put_listing(
        shop.database, names=names, variants=variants, options=[size], category_ids=[shirts], slug=slug
    )

    answer = shop.ask("GET", f"/listings/{slug}", headers={"Accept-Language": "zh"})

    page = answer.json()
    assert (page["id"], page["slug"], page["language"], page["name"]) == (listing_id, slug, "zh", "亚麻衬衫")
    assert [(each["id"], each["name"]) for each in page["breadcrumbs"]] == [
        (clothes, f"服装 {slug}"),
        (shirts, "Shirts"),
    ]
    assert [(each["code"], each["name"]) for each in page["options"]] == [("size", "尺码")]
    assert [(each["options"], each["price"], each["stock"]) for each in page["variants"]] == [
        ({"size": "s"}, "10.00", 4),
        ({"size": "m"}, "15.00", 0),
    ]
    assert (page["min_price"], page["max_price"], page["currency"], page["in_stock"]) == ("10.00", "15.00", "USD", True)
    assert (answer.headers["Content-Language"], answer.headers["Cache-Control"]) == ("zh", "no-cache")
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_listing_without_a_translation_is_shown_in_the_default_language(shop: Shop, slug: str) -> None:
    put_listing(shop.database, names="Hat", slug=slug)

    answer = _ask(shop, slug, language="zh")

    assert (answer.json()["name"], answer.json()["language"], answer.headers["Content-Language"]) == ("Hat", "en", "en")


def test_a_listing_answers_304_to_a_client_that_has_it(shop: Shop, slug: str) -> None:
    listing_id = put_listing(shop.database, slug=slug)
    etag = _ask(shop, slug).headers["ETag"]

    answer = shop.ask("GET", f"/listings/{listing_id}", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.headers["ETag"], answer.content) == (304, etag, b"")


def test_an_earlier_slug_redirects_to_the_current_one(shop: Shop, slug: str) -> None:
    listing_id = put_listing(shop.database, slug=f"old-{slug}")
    shop.database.execute(_RENAME, {"old": f"old-{slug}"})
    shop.database.execute(_CURRENT, {"new": slug, "id": listing_id})

    path = f"{shop.url}/api/v1/listings/old-{slug}?language=zh&a=b%20%26c"
    answer = requests.get(path, allow_redirects=False, timeout=60)

    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.path) == (301, f"/api/v1/listings/{slug}")
    assert dict(parse_qsl(target.query)) == {"language": "zh", "a": "b &c"}
    check(answer)
    assert requests.get(path, timeout=60).json()["id"] == listing_id


def test_what_is_not_on_sale_is_not_found(shop: Shop, slug: str) -> None:
    draft = put_listing(shop.database, state="draft", slug=slug)
    archived = put_listing(shop.database, variants=[GivenVariant(archived=True)])
    foreign = put_listing(shop.database, variants=[GivenVariant(currency="EUR")])

    for listing in (draft, slug, archived, foreign, "no-such-listing", 2**62):
        assert _ask(shop, listing).status_code == 404, listing


def test_an_invalid_listing_is_refused(shop: Shop) -> None:
    for listing in ("0", "007", "a_b", str(2**64), "x" * 101):
        answer = shop.ask_unchecked("GET", f"/listings/{listing}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "listing"), listing
