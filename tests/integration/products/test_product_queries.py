"""The SQL that reads the catalogue."""
# ruff: noqa: RUF001 - letters that look like others are the point

from collections.abc import Callable

import pytest

from microshop.platform.mysql import Database, Parameters, Row
from microshop.products.paging import SORTS, Position, decode_cursor
from microshop.products.product import Category, ListedProduct, ProductFilter, parse_search
from microshop.products.queries import _CATEGORIES, _ORDERS, ProductQueries
from microshop.products.reading import list_products
from tests.support.catalogue import put_all_on_sale, put_on_sale
from tests.support.product_builders import a_product

_ALL = ProductFilter()


@pytest.fixture
def queries(database: Database) -> ProductQueries:
    return ProductQueries(database)


def _names(products: list[ListedProduct]) -> list[str]:
    return [product.name for product in products]


def _search(queries: ProductQueries, text: str) -> set[str]:
    return set(_names(queries.page(ProductFilter(search=parse_search(text)), "newest", None, 100)))


def _all_pages(
    queries: ProductQueries,
    sort: str,
    *,
    size: int = 3,
    chosen: ProductFilter = _ALL,
    between: Callable[[], object] = int,
) -> list[int]:
    """The ids of a whole list, page by page, with `between` called after each page."""
    found: list[int] = []
    after: Position | None = None
    while True:
        page = list_products(chosen, sort, after, size, queries)
        found += [product.id for product in page.items]
        if page.next_cursor is None:
            return found
        after = decode_cursor(page.next_cursor, sort, chosen)
        between()


def test_a_product_is_read_with_everything_it_has(database: Database, queries: ProductQueries) -> None:
    product_id = put_on_sale(database, name="水壶 😀", sku="K-1", version=7)

    assert queries.by_id(product_id) == a_product(product_id=product_id, sku="K-1", name="水壶 😀", version=7)


def test_an_archived_product_is_not_on_sale(database: Database, queries: ProductQueries) -> None:
    product_id = put_on_sale(database, archived=True)

    assert queries.by_id(product_id) is None
    assert queries.page(_ALL, "newest", None, 10) == []
    assert queries.categories() == []


def test_a_product_that_was_never_there_is_not_found(queries: ProductQueries) -> None:
    assert queries.by_id(2**63 - 1) is None


def test_categories_are_counted_and_sorted_by_name(database: Database, queries: ProductQueries) -> None:
    for category in ("Toys", "Books", "Toys", "家居"):
        put_on_sale(database, category=category)

    assert queries.categories() == [Category("Books", 1), Category("Toys", 2), Category("家居", 1)]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("newest", ["cheap", "Dear", "beta", "Alpha"]),
        ("price", ["cheap", "Alpha", "beta", "Dear"]),
        ("-price", ["Dear", "beta", "Alpha", "cheap"]),
        ("name", ["Alpha", "beta", "cheap", "Dear"]),
    ],
)
def test_a_list_is_sorted_as_asked(database: Database, queries: ProductQueries, sort: str, names: list[str]) -> None:
    for name, price in (("Alpha", 500), ("beta", 500), ("Dear", 900), ("cheap", 100)):
        put_on_sale(database, name=name, price_minor=price)

    assert _names(queries.page(_ALL, sort, None, 10)) == names


def test_every_sort_that_a_client_may_ask_for_is_known() -> None:
    assert set(_ORDERS) == set(SORTS)


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (ProductFilter(category="Books"), {"b"}),
        (ProductFilter(category="books"), set()),
        (ProductFilter(category="Books' OR '1'='1"), set()),
        (ProductFilter(min_price_minor=500), {"b", "c"}),
        (ProductFilter(max_price_minor=500), {"a", "b"}),
        (ProductFilter(min_price_minor=500, max_price_minor=500), {"b"}),
        (ProductFilter(min_price_minor=900, max_price_minor=100), set()),
        (ProductFilter(in_stock=True), {"a", "b"}),
        (ProductFilter(in_stock=False), {"c"}),
        (ProductFilter(category="Toys", in_stock=True, max_price_minor=100), {"a"}),
        (ProductFilter(max_price_minor=99_999_999_999_999), {"a", "b", "c"}),
    ],
)
def test_a_list_shows_what_the_filters_leave(
    database: Database, queries: ProductQueries, chosen: ProductFilter, names: set[str]
) -> None:
    put_on_sale(database, name="a", category="Toys", price_minor=100, stock=1)
    put_on_sale(database, name="b", category="Books", price_minor=500, stock=2)
    put_on_sale(database, name="c", category="Toys", price_minor=900, stock=0)

    assert set(_names(queries.page(chosen, "price", None, 10))) == names


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


@pytest.mark.parametrize(
    ("text", "names"),
    [
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
    ],
)
def test_a_search_finds_what_a_customer_means(searchable: ProductQueries, text: str, names: set[str]) -> None:
    assert _search(searchable, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "+", "-", "+-a", "a*", "**a", "((a", '"a', "a@b", "@1 a", "~a", "<a>", "a'b", "a\\b", "a\\", "%a%", "_a_",
        "a' OR 1=1 --", "a\" OR \"\"=\"", "a; DROP TABLE products", "a/*!50000 b*/", "0x41", "1e9", "1.5", "null",
        "a" * 100, "9" * 100, "字" * 100, "²³¹", "½ cup", "٣٤٥", "Ⅷ Ⅸ", "ªº", "ﬁﬁﬁ", "ก็็็", "ทดสอบ", "हिन्दी", "ǆǅ", "ßẞ",
        "İstanbul", "𝒳𝒴𝒵", "𠀀𠀁𠀂", "🄰🄱🄲 a", "①②③", "a\u200bb", "a\u00adb", "\u202eabc", "a\tb\nc\rd", "ﷺﷺﷺ",
        "ഇഈഉ", "한국어 검색", "ひらがな", "ーーー", "々々々", "〇〇〇", "𓀀𓀁𓀂", "ʰʰʰ", "ᵃᵇᶜ", "ᜠᜡᜢ",
    ],
    ids=ascii,
)  # fmt: skip
def test_no_search_text_troubles_the_server(searchable: ProductQueries, text: str) -> None:
    try:
        chosen = ProductFilter(search=parse_search(text))
    except ValueError:
        return

    assert isinstance(searchable.page(chosen, "price", Position(0, 1), 5), list)


def test_no_letter_or_digit_of_any_script_troubles_the_server(searchable: ProductQueries) -> None:
    every = [character for character in map(chr, range(0x110000)) if character.isalnum()]
    samples = ["".join(every[start : start + 3]) for start in range(0, len(every), 97)]

    for begin in range(0, len(samples), 8):
        text = " ".join(samples[begin : begin + 8])
        searchable.page(ProductFilter(search=parse_search(text[:100])), "newest", None, 5)


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_of_a_list_hold_every_product_once_and_in_order(
    database: Database, queries: ProductQueries, sort: str
) -> None:
    put_all_on_sale(database, [100, 100, 100, 100, 300, 200, 200, 50, 100, 100])

    whole = [product.id for product in queries.page(_ALL, sort, None, 100)]

    assert _all_pages(queries, sort) == whole
    assert len(whole) == 10


def test_names_that_sort_alike_are_all_listed(database: Database, queries: ProductQueries) -> None:
    for name in ("Ecole", "École", "ECOLE", "école", "ecole ", "😀", "😁", "🎉"):
        put_on_sale(database, name=name)

    whole = [product.id for product in queries.page(_ALL, "name", None, 100)]

    assert _all_pages(queries, "name", size=1) == whole
    assert len(whole) == 8


@pytest.mark.parametrize("sort", SORTS)
def test_products_that_come_meanwhile_neither_repeat_nor_hide_others(
    database: Database, queries: ProductQueries, sort: str
) -> None:
    before = put_all_on_sale(database, range(1000, 1010))
    meanwhile = iter((0, 1005, 9999, 1000))

    def somebody_adds_one() -> None:
        price = next(meanwhile, 5000)
        put_on_sale(database, price_minor=price, name=f"Product {price:04}")

    found = _all_pages(queries, sort, between=somebody_adds_one)

    assert len(found) == len(set(found))
    assert [product_id for product_id in found if product_id in before] == [
        product_id for product_id in _all_pages(queries, sort) if product_id in before
    ]


def test_a_product_that_goes_meanwhile_hides_no_other(database: Database, queries: ProductQueries) -> None:
    ids = put_all_on_sale(database, range(9))

    def the_last_one_shown_goes() -> None:
        database.execute("UPDATE products SET archived = TRUE WHERE price_minor = 2")

    found = _all_pages(queries, "price", between=the_last_one_shown_goes)

    assert found == ids


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_of_a_search_hold_every_hit_once(database: Database, queries: ProductQueries, sort: str) -> None:
    for number in range(7):
        put_on_sale(database, name=f"Kettle {number}", price_minor=100 + number % 2)
    put_on_sale(database, name="Spoon", description="")

    found = _all_pages(queries, sort, size=2, chosen=ProductFilter(search=parse_search("kettle")))

    assert len(found) == len(set(found)) == 7


@pytest.mark.parametrize(
    ("sort", "value"),
    [("newest", None), ("price", 2**63 - 1), ("-price", 0), ("name", "zzz" * 600), ("name", "' OR 1=1 --")],
)
def test_a_position_beyond_the_end_is_an_empty_page(
    database: Database, queries: ProductQueries, sort: str, value: int | str | None
) -> None:
    put_on_sale(database, name="a", price_minor=5)

    found = queries.page(_ALL, sort, Position(value, 1 if sort == "newest" else 2**63 - 1), 10)

    assert [product.name for product in found if value != "' OR 1=1 --"] == []


class _Explained(Database):
    """Explains what it is asked instead of running it."""

    def __init__(self, database: Database) -> None:
        self._explaining = database
        self.plan: dict[str, object] = {}

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        self.plan = self._explaining.rows(f"EXPLAIN FORMAT=TRADITIONAL {sql.strip()}", parameters)[0]
        return []


def _plan(database: Database, sort: str, chosen: ProductFilter, after: Position | None = None) -> dict[str, object]:
    explained = _Explained(database)
    ProductQueries(explained).page(chosen, sort, after, 21)
    return explained.plan


def _rows_read(database: Database, action: Callable[[], object]) -> int:
    """How many rows and index entries the server looked at for `action`."""
    before = _handler_reads(database)
    action()
    return _handler_reads(database) - before


def _handler_reads(database: Database) -> int:
    return sum(int(row["Value"]) for row in database.rows("SHOW SESSION STATUS LIKE 'Handler_read%'"))


@pytest.fixture
def large(database: Database) -> Database:
    """Enough products that a plan is worth something."""
    for category in ("Books", "Toys", "Garden", "Kitchen"):
        put_all_on_sale(database, range(100, 600), category=category)
    database.rows("ANALYZE TABLE products")
    return database


@pytest.mark.parametrize(
    ("sort", "chosen", "key"),
    [
        ("newest", _ALL, "products_newest"),
        ("price", _ALL, "products_by_price"),
        ("-price", _ALL, "products_by_price"),
        ("name", _ALL, "products_by_name"),
        ("newest", ProductFilter(category="Toys"), "products_category_newest"),
        ("price", ProductFilter(category="Toys"), "products_category_by_price"),
        ("-price", ProductFilter(category="Toys"), "products_category_by_price"),
        ("price", ProductFilter(min_price_minor=300, max_price_minor=305), "products_by_price"),
        ("name", ProductFilter(category="Toys"), "products_category_by_name"),
        ("newest", ProductFilter(in_stock=True), "products_newest"),
    ],
)
def test_a_plain_list_reads_its_index_in_order(large: Database, sort: str, chosen: ProductFilter, key: str) -> None:
    plan = _plan(large, sort, chosen)

    assert plan["key"] == key
    assert "filesort" not in str(plan["Extra"])


@pytest.mark.parametrize("category", [None, "Toys"])
@pytest.mark.parametrize(("sort", "value"), [("newest", None), ("price", 500), ("-price", 150)])
def test_a_late_page_reads_no_more_rows_than_it_shows(
    large: Database, sort: str, value: int | str | None, category: str | None
) -> None:
    [row] = large.rows("SELECT MIN(id) + 700 AS id FROM products")
    position, queries = Position(value, row["id"]), ProductQueries(large)

    read = _rows_read(large, lambda: queries.page(ProductFilter(category=category), sort, position, 20))

    assert read <= 30


def test_a_late_page_by_name_reads_no_more_rows_than_it_shows(large: Database) -> None:
    queries = ProductQueries(large)

    read = _rows_read(large, lambda: queries.page(_ALL, "name", Position("Product 0400", 1), 20))

    assert read <= 30


@pytest.mark.parametrize("sort", ["newest", "name"])
def test_a_price_range_in_another_order_is_left_to_the_optimizer(large: Database, sort: str) -> None:
    few = ProductFilter(min_price_minor=300, max_price_minor=301)

    assert _plan(large, sort, few)["key"] == "products_by_price"


def test_a_search_uses_the_full_text_index(large: Database) -> None:
    assert _plan(large, "newest", ProductFilter(search=parse_search("product")))["type"] == "fulltext"


def test_categories_are_counted_from_an_index_alone(large: Database) -> None:
    [plan] = large.rows(f"EXPLAIN FORMAT=TRADITIONAL {_CATEGORIES}", {"currency": "USD"})

    assert "Using index" in str(plan["Extra"])
    assert "filesort" not in str(plan["Extra"])


def test_products_in_another_currency_are_hidden_from_customers(database: Database) -> None:
    dollars = put_on_sale(database, name="Kettle", category="Kitchen")
    euros = put_on_sale(database, name="Kettle", category="Imported", currency="EUR")
    shop = ProductQueries(database, "USD")

    found = shop.page(ProductFilter(search=parse_search("kettle")), "newest", None, 10)

    assert [product.id for product in found] == [dollars]
    assert [category.name for category in shop.categories()] == ["Kitchen"]
    assert (shop.by_id(dollars) is None, shop.by_id(euros) is None) == (False, True)


def test_products_in_another_currency_are_listed_by_that_currency(database: Database) -> None:
    put_on_sale(database)
    euros = put_on_sale(database, currency="EUR")

    found = ProductQueries(database, "EUR").page(ProductFilter(), "price", None, 10)

    assert [product.id for product in found] == [euros]
