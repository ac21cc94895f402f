"""Searches in the list of products: the variants of the listings that the search finds."""
# ruff: noqa: RUF001 - the tests need letters that look like others

import pytest

from microshop.listings.adopting import adopt_product
from microshop.platform.mysql import Database
from microshop.products.paging import SORTS, Position
from microshop.products.product import ProductFilter
from microshop.products.queries import ProductQueries
from microshop.search.queries import SearchQueries
from microshop.search.result import MAX_CANDIDATES
from tests.support.catalogue import put_on_sale
from tests.support.table_rows import wrong_answers
from tests.support.use_cases import catalogue


def _found(database: Database, text: str) -> ProductQueries:
    found = SearchQueries(database).find(text, "en", None, MAX_CANDIDATES)
    return ProductQueries(database, "USD", among=found.ids)


def _search(database: Database, text: str) -> set[str]:
    return {product.name for product in _found(database, text).page(ProductFilter(search=text), "newest", None, 100)}


@pytest.fixture
def searchable(database: Database) -> Database:
    for name, description in (
        ("Steel kettle", "Boils water in two minutes."),
        ("Wooden spoon", "For the kettle's friends."),
        ("TV stand", "Oak, holds 40 kg."),
        ("USB-C cable", "Charges phones."),
        ("不锈钢水壶", "两分钟烧开水"),
        ("苹果iPhone手机壳", "Soft case."),
        ("Café au lait", "Instant."),
        ("The The", "A record."),
        ("Popcorn", "Sweet."),
    ):
        adopt_product(put_on_sale(database, name=name, description=description), catalogue(database))
    return database


def test_a_search_finds_the_expected_products(searchable: Database) -> None:
    rows = [
        ("kettle", {"Steel kettle", "Wooden spoon"}),
        ("KETTLE", {"Steel kettle", "Wooden spoon"}),
        ("kett", {"Steel kettle", "Wooden spoon"}),
        ("ketle", {"Steel kettle", "Wooden spoon"}),
        ("ettle", {"Steel kettle", "Wooden spoon"}),
        ("steel kettle", {"Steel kettle"}),
        ("nonsense kettle", set()),
        ("tv stand", {"TV stand"}),
        ("usb-c", {"USB-C cable"}),
        ("usbc", {"USB-C cable"}),
        ("水壶", {"不锈钢水壶"}),
        ("烧开水", {"不锈钢水壶"}),
        ("iphone", {"苹果iPhone手机壳"}),
        ("手机壳", {"苹果iPhone手机壳"}),
        ("cafe\u0301", {"Café au lait"}),
        ("the record", {"The The"}),
        ("pc", set()),
        ("+-*", set()),
        ('"steel kettle"', {"Steel kettle"}),
    ]

    assert wrong_answers(lambda text: _search(searchable, text), rows) == []


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_of_a_search_have_every_match_once(database: Database, sort: str) -> None:
    for number in range(7):
        product_id = put_on_sale(database, name=f"Kettle {number}", price_minor=100 + number % 2)
        adopt_product(product_id, catalogue(database))
    adopt_product(put_on_sale(database, name="Spoon", description=""), catalogue(database))
    products, after, found = _found(database, "kettle"), None, list[int]()

    while page := products.page(ProductFilter(search="kettle"), sort, after, 2):
        found += [product.id for product in page]
        last = page[-1]
        value = {"newest": None, "name": last.name}.get(sort, last.price_minor)
        after = Position(value, last.id)

    assert len(found) == len(set(found)) == 7


_TEXTS = [
    "+", "-", "+-a", "a*", "**a", "((a", '"a', "a@b", "@1 a", "~a", "<a>", "a'b", "a\\b", "a\\", "%a%", "_a_",
    "a' OR 1=1 --", "a\" OR \"\"=\"", "a; DROP TABLE products", "a/*!50000 b*/", "0x41", "1e9", "1.5", "null",
    "a" * 100, "9" * 100, "字" * 100, "²³¹", "½ cup", "٣٤٥", "Ⅷ Ⅸ", "ªº", "ﬁﬁﬁ", "ก็็็", "ทดสอบ", "हिन्दी", "ǆǅ", "ßẞ",
    "İstanbul", "𝒳𝒴𝒵", "𠀀𠀁𠀂", "🄰🄱🄲 a", "①②③", "a\u200bb", "a\u00adb", "\u202eabc", "a\tb\nc\rd", "ﷺﷺﷺ",
    "ഇഈഉ", "한국어 검색", "ひらがな", "ーーー", "々々々", "〇〇〇", "𓀀𓀁𓀂", "ʰʰʰ", "ᵃᵇᶜ", "ᜠᜡᜢ",
]  # fmt: skip


def test_any_search_text_is_answered(searchable: Database) -> None:
    for text in _TEXTS:
        _search(searchable, text)  # does not raise


def test_letters_and_digits_of_every_script_are_answered(searchable: Database) -> None:
    every = [character for character in map(chr, range(0x110000)) if character.isalnum()]
    samples = ["".join(every[start : start + 3]) for start in range(0, len(every), 970)]

    for begin in range(0, len(samples), 8):
        _search(searchable, " ".join(samples[begin : begin + 8])[:100])
