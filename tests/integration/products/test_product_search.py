"""The full-text search of products, in any language and with any characters."""
# ruff: noqa: RUF001 - the tests need letters that look like others

import pytest

from microshop.platform.mysql import Database
from microshop.products.paging import Position
from microshop.products.product import ListedProduct, ProductFilter, parse_search
from microshop.products.queries import ProductQueries
from tests.support.catalogue import put_on_sale
from tests.support.table_rows import wrong_answers


def _names(products: list[ListedProduct]) -> list[str]:
    return [product.name for product in products]


def _search(queries: ProductQueries, text: str) -> set[str]:
    return set(_names(queries.page(ProductFilter(search=parse_search(text)), "newest", None, 100)))


@pytest.fixture
def searchable(database: Database, queries: ProductQueries) -> ProductQueries:
    for name, description in (
        ("Steel kettle", "Boils water in two minutes."),
        ("Wooden spoon", "For the kettle's friends."),
        ("TV stand", "Oak, holds 40 kg."),
        ("USB-C cable", "Charges phones."),
        ("不锈钢水壶", "两分钟烧开水"),
        ("iPhone手机壳", "Soft case."),
        ("Café au lait", "Instant."),
        ("The The", "A record."),
        ("Lamp 😀 3000K", "Warm light, 100% cotton shade."),
    ):
        put_on_sale(database, name=name, description=description)
    return queries


def test_a_search_finds_the_expected_products(searchable: ProductQueries) -> None:
    rows = [
        ("kettle", {"Steel kettle", "Wooden spoon"}),
        ("KETTLE", {"Steel kettle", "Wooden spoon"}),
        ("kett", {"Steel kettle", "Wooden spoon"}),
        ("ettle", set()),
        ("steel kettle", {"Steel kettle"}),
        ("the kettle", {"Steel kettle", "Wooden spoon"}),
        ("minutes kettle", {"Steel kettle"}),
        ("nonsense kettle", set()),
        ("tv", {"TV stand"}),
        ("tv stand", {"TV stand"}),
        ("tv kettle", set()),
        ("usb-c", {"USB-C cable"}),
        ("水壶", {"不锈钢水壶"}),
        ("不锈钢 水壶", {"不锈钢水壶"}),
        ("手机", {"iPhone手机壳"}),
        ("iphone手机", {"iPhone手机壳"}),
        ("cafe", {"Café au lait"}),
        ("café", {"Café au lait"}),
        ("cafe\u0301", {"Café au lait"}),
        ("the", {"The The"}),
        ("3000k", {"Lamp 😀 3000K"}),
        ("😀 lamp", {"Lamp 😀 3000K"}),
        ("100% cotton", {"Lamp 😀 3000K"}),
        ("-kettle", {"Steel kettle", "Wooden spoon"}),
        ("kettle -steel", {"Steel kettle"}),
        ('"steel kettle"', {"Steel kettle"}),
        ("kettle*", {"Steel kettle", "Wooden spoon"}),
        ("k%e", {"Steel kettle"}),
    ]

    assert wrong_answers(lambda text: _search(searchable, text), rows) == []


_TEXTS = [
    "+", "-", "+-a", "a*", "**a", "((a", '"a', "a@b", "@1 a", "~a", "<a>", "a'b", "a\\b", "a\\", "%a%", "_a_",
    "a' OR 1=1 --", "a\" OR \"\"=\"", "a; DROP TABLE products", "a/*!50000 b*/", "0x41", "1e9", "1.5", "null",
    "a" * 100, "9" * 100, "字" * 100, "²³¹", "½ cup", "٣٤٥", "Ⅷ Ⅸ", "ªº", "ﬁﬁﬁ", "ก็็็", "ทดสอบ", "हिन्दी", "ǆǅ", "ßẞ",
    "İstanbul", "𝒳𝒴𝒵", "𠀀𠀁𠀂", "🄰🄱🄲 a", "①②③", "a\u200bb", "a\u00adb", "\u202eabc", "a\tb\nc\rd", "ﷺﷺﷺ",
    "ഇഈഉ", "한국어 검색", "ひらがな", "ーーー", "々々々", "〇〇〇", "𓀀𓀁𓀂", "ʰʰʰ", "ᵃᵇᶜ", "ᜠᜡᜢ",
]  # fmt: skip


def test_any_search_text_is_answered_or_refused(searchable: ProductQueries) -> None:
    for text in _TEXTS:
        try:
            criteria = ProductFilter(search=parse_search(text))
        except ValueError:
            continue
        searchable.page(criteria, "price", Position(0, 1), 5)  # does not raise


def test_letters_and_digits_of_every_script_are_answered(searchable: ProductQueries) -> None:
    every = [character for character in map(chr, range(0x110000)) if character.isalnum()]
    samples = ["".join(every[start : start + 3]) for start in range(0, len(every), 97)]

    for begin in range(0, len(samples), 8):
        text = " ".join(samples[begin : begin + 8])
        searchable.page(ProductFilter(search=parse_search(text[:100])), "newest", None, 5)
