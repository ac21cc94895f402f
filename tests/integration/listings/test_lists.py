"""Lists of listings: which ones a list shows, in which order, and what a page says about each."""

import pytest

from microshop.cursors import Count
from microshop.listings import reading
from microshop.listings.filters import ListingFilter, OptionFilter
from microshop.listings.list_queries import ListQueries
from microshop.listings.match_queries import MatchQueries
from microshop.listings.paging import decode_cursor
from microshop.listings.reading import ListingLists
from microshop.listings.shown_listing import ListedListing, NamedBrand
from microshop.platform.mysql import Database
from tests.integration.listings.conftest import CHINESE
from tests.support.listings import GivenVariant, put_brand, put_category, put_listing, take_off_shelves
from tests.support.table_rows import wrong_answers


def _ids(lists: ListingLists, criteria: ListingFilter, sort: str = "newest") -> list[int]:
    return [item.id for item in lists.page(criteria, sort, None, 100).page.items]


def test_a_list_shows_what_customers_choose_by(database: Database, lists: ListingLists) -> None:
    brand = put_brand(database, "Nordlicht")
    variants = (
        GivenVariant("color=red;size=m", 1500, stock=0),
        GivenVariant("color=red;size=s", 1200, stock=2),
        GivenVariant("color=blue;size=s", 900, archived=True),
        GivenVariant("color=green;size=s", 100, currency="EUR"),
    )
    listing_id = put_listing(database, names="Linen shirt", brand_id=brand, variants=variants, slug="linen-shirt")

    [item] = lists.page(ListingFilter(), "newest", None, 20).page.items

    assert item == ListedListing(
        id=listing_id,
        slug="linen-shirt",
        name="Linen shirt",
        summary="Keeps you warm.",
        brand=NamedBrand(brand, "Nordlicht"),
        image_urls=("https://img.example.com/1.jpg",),
        option_codes=("color", "size"),
        min_price_minor=1200,
        max_price_minor=1500,
        in_stock=True,
        variants=2,
    )


def test_a_list_in_another_language_falls_back_to_the_default_language(database: Database) -> None:
    put_listing(database, names={"en": "Shirt", "zh": "衬衫"})
    put_listing(database, names="Hat")
    lists = ListingLists("zh", ListQueries(database, CHINESE), MatchQueries(database, "zh"))

    assert [item.name for item in lists.page(ListingFilter(), "newest", None, 20).page.items] == ["Hat", "衬衫"]


def test_a_list_is_sorted_as_requested(database: Database, lists: ListingLists) -> None:
    ids = {
        name: put_listing(database, names=name, variants=[GivenVariant(price_minor=price)])
        for name, price in (("Écru scarf", 300), ("Zip bag", 100), ("apron", 200), ("Desk 10", 100), ("Desk 9", 400))
    }
    rows = [
        ("newest", ["Desk 9", "Desk 10", "apron", "Zip bag", "Écru scarf"]),
        ("price", ["Zip bag", "Desk 10", "apron", "Écru scarf", "Desk 9"]),
        ("-price", ["Desk 9", "Écru scarf", "apron", "Desk 10", "Zip bag"]),
        ("name", ["apron", "Desk 9", "Desk 10", "Écru scarf", "Zip bag"]),
    ]
    expected = [(sort, [ids[name] for name in names]) for sort, names in rows]

    assert wrong_answers(lambda sort: _ids(lists, ListingFilter(), sort), expected) == []


def test_filters_choose_the_listings_of_a_list(database: Database, lists: ListingLists) -> None:
    clothes = put_category(database, "Clothes")
    shirts = put_category(database, "Shirts", clothes)
    one, two = put_brand(database, "One"), put_brand(database, "Two")
    red_m, blue_m = GivenVariant("color=red;size=m", 1000, 0), GivenVariant("color=blue;size=m", 3000, 5)
    blue_l = GivenVariant("color=blue;size=l", 2000, 0)
    a = put_listing(database, brand_id=one, category_ids=[shirts], variants=[red_m, blue_l])
    b = put_listing(database, brand_id=two, category_ids=[shirts], variants=[blue_m])
    c = put_listing(database, brand_id=one, category_ids=[clothes], variants=[red_m, blue_m])
    d = put_listing(database, brand_id=two, variants=[GivenVariant(price_minor=2000)])
    [row] = database.rows("SELECT slug FROM categories WHERE id = %(id)s", {"id": shirts})
    red, blue = OptionFilter("color", ("red",)), OptionFilter("color", ("blue",))
    either, medium = OptionFilter("color", ("blue", "red")), OptionFilter("size", ("m",))
    rows = [
        (ListingFilter(category=str(clothes)), [c, b, a]),
        (ListingFilter(category=row["slug"]), [b, a]),
        (ListingFilter(category="unknown"), []),
        (ListingFilter(category="99999999"), []),
        (ListingFilter(brand_id=two), [d, b]),
        (ListingFilter(brand_id=99999999), []),
        (ListingFilter(category=str(shirts), brand_id=one), [a]),
        (ListingFilter(options=(red,)), [c, a]),
        (ListingFilter(options=(either,)), [c, b, a]),
        (ListingFilter(options=(blue, medium)), [c, b]),
        (ListingFilter(options=(OptionFilter("color", ("re",)),)), []),
        (ListingFilter(options=(OptionFilter("olor", ("red",)),)), []),
        (ListingFilter(options=(blue,), max_price_minor=2500), [a]),
        (ListingFilter(min_price_minor=2000, max_price_minor=2000), [d, a]),
        (ListingFilter(min_price_minor=1001, max_price_minor=1999), []),
        (ListingFilter(in_stock=True), [d, c, b]),
        (ListingFilter(in_stock=False), [c, a]),
        (ListingFilter(options=(red,), in_stock=True), []),
        (ListingFilter(category=str(clothes), brand_id=one, options=(blue,), in_stock=True, min_price_minor=3000), [c]),
    ]

    assert wrong_answers(lambda criteria: _ids(lists, criteria), rows) == []
    assert wrong_answers(lambda criteria: _ids(lists, criteria, "price"), [(rows[7][0], [a, c])]) == []


def test_only_active_listings_with_a_variant_on_sale_are_listed(database: Database, lists: ListingLists) -> None:
    shown = put_listing(database)
    put_listing(database, state="draft")
    put_listing(database, variants=[GivenVariant(archived=True)])
    put_listing(database, variants=[GivenVariant(currency="EUR")])
    take_off_shelves(database, put_listing(database))

    assert _ids(lists, ListingFilter()) == [shown]


def test_a_page_whose_listings_went_off_sale_meanwhile_is_short(database: Database, lists: ListingLists) -> None:
    ids = [put_listing(database) for _ in range(3)]
    database.execute("UPDATE products SET archived = TRUE WHERE listing_id = %(id)s", {"id": ids[1]})

    assert _ids(lists, ListingFilter()) == [ids[2], ids[0]]


def test_a_list_counts_its_listings(database: Database, lists: ListingLists, monkeypatch: pytest.MonkeyPatch) -> None:
    for price in (100, 200, 200, 300):
        put_listing(database, variants=[GivenVariant(price_minor=price)])
    monkeypatch.setattr(reading, "MAX_COUNTED", 3)

    def count(criteria: ListingFilter, limit: int) -> Count | None:
        return lists.page(criteria, "newest", None, limit, counted=True).page.total

    rows = [
        (ListingFilter(), 100, Count(4, exact=True)),  # the page is the whole list
        (ListingFilter(), 1, Count(3, exact=False)),
        (ListingFilter(max_price_minor=200), 1, Count(3, exact=True)),
        (ListingFilter(min_price_minor=200, max_price_minor=200), 1, Count(2, exact=True)),
        (ListingFilter(category="unknown"), 1, Count(0, exact=True)),
    ]
    assert wrong_answers(count, rows) == []


def test_a_rare_match_is_found_over_several_pages(
    database: Database, lists: ListingLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = put_listing(database, variants=[GivenVariant(price_minor=5)])
    for _ in range(30):
        put_listing(database)
    monkeypatch.setattr(reading, "MAX_CANDIDATES", 12)
    criteria, pages, after = ListingFilter(max_price_minor=5), list[list[int]](), None

    while True:
        page = lists.page(criteria, "newest", after, 2).page
        pages.append([item.id for item in page.items])
        if page.next_cursor is None:
            break
        after = decode_cursor(page.next_cursor, ("en", "newest", criteria))

    assert pages == [[], [], [rare]]
