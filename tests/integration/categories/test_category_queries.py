"""Reads of the category tree on the real database: language, order, counts, and the rows that they read."""

import json
from typing import Any

import pytest

from microshop.categories.queries import TreeQueries
from microshop.categories.reading import list_categories, render_category, render_tree
from microshop.platform.mysql import Database
from tests.support.category_staff import CategoryStaff
from tests.support.query_cost import ExplainingDatabase, rows_read

_LANGUAGES = ("en", "zh")
_INSERT_ENTRIES = """
INSERT INTO shelf_entries (shelf, language, listing_id, name_key, price_minor)
VALUES (%(shelf)s, %(language)s, %(listing_id)s, 'name', 100)
"""


@pytest.fixture
def staff(database: Database) -> CategoryStaff:
    return CategoryStaff(database)


@pytest.fixture
def tree(database: Database) -> TreeQueries:
    return TreeQueries(database)


def _put_on_shelf(database: Database, category_id: int, count: int, language: str = "en") -> None:
    database.begin()
    for number in range(count):
        values = {"shelf": f"category:{category_id}", "language": language, "listing_id": number + 1}
        database.execute(_INSERT_ENTRIES, values)
    database.commit()


def _tree(tree: TreeQueries, language: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(render_tree(_LANGUAGES, language, tree).body)["items"]
    return items


def test_tree_has_names_in_the_language_and_else_in_the_default(staff: CategoryStaff, tree: TreeQueries) -> None:
    staff.add("Shoes", zh="鞋")
    staff.add("apples")
    staff.add("Hats", zh="帽子")

    assert [each["name"] for each in _tree(tree, "en")] == ["apples", "Hats", "Shoes"]
    assert [each["name"] for each in _tree(tree, "zh")] == ["apples", "帽子", "鞋"]


def test_category_is_read_by_id_and_by_slug_with_those_around_it(staff: CategoryStaff, tree: TreeQueries) -> None:
    clothes = staff.add("Clothes").id
    shoes = staff.add("Shoes", clothes).id
    boots = staff.add("Boots", shoes).id

    by_id, by_slug = (render_category(each, _LANGUAGES, "en", tree) for each in (str(shoes), "shoes"))

    assert by_id is not None
    assert by_id == by_slug
    page = json.loads(by_id.body)
    assert [each["id"] for each in page["breadcrumbs"]] == [clothes]
    assert [each["id"] for each in page["children"]] == [boots]
    assert render_category("none", _LANGUAGES, "en", tree) is None


def test_counts_stop_at_a_thousand(database: Database, staff: CategoryStaff, tree: TreeQueries) -> None:
    full, small = staff.add("Full").id, staff.add("Small").id
    _put_on_shelf(database, full, 1002)
    _put_on_shelf(database, small, 3)

    assert [each["listings"] for each in _tree(tree, "en")] == [
        {"value": 1000, "exact": False},
        {"value": 3, "exact": True},
    ]
    assert [each["listings"]["value"] for each in _tree(tree, "zh")] == [0, 0]
    assert [each.listings for each in list_categories(tree)] == [(0, True), (0, True)]


def test_counts_read_few_more_rows_than_they_count(database: Database, staff: CategoryStaff, tree: TreeQueries) -> None:
    category = staff.add("Full").id
    _put_on_shelf(database, category, 4000)
    database.rows("ANALYZE TABLE shelf_entries")
    [managed] = tree.all()

    assert (
        rows_read(database, lambda: tree.on_sale([managed], "en")) <= 2100
    )  # each of 1001 entries twice: in the index, and in the derived table


def test_page_of_a_category_reads_its_siblings_by_their_index(database: Database) -> None:
    explaining = ExplainingDatabase(database)

    TreeQueries(explaining).children(1)

    assert explaining.keys == {("categories", "categories_siblings")}
