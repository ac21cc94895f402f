"""Categories that products and listings name, on the real database."""

import pytest

from microshop.categories import placing
from microshop.categories.category import TooManyCategories
from microshop.categories.repository import CategoryRepository
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import DuplicateKey
from tests.support import category_worker
from tests.support.process_race import race
from tests.support.query_cost import ExplainingDatabase
from tests.support.records import count


@pytest.fixture
def categories(database: Database) -> CategoryRepository:
    return CategoryRepository(database)


def _slugs(database: Database) -> list[str]:
    return [row["slug"] for row in database.rows("SELECT slug FROM categories ORDER BY id")]


def test_named_category_is_found_without_case_accents_and_width(categories: CategoryRepository) -> None:
    cafe = categories.named("Café tables", "en")

    for name in ("CAFE TABLES", "cafe  tables", "\uff23\uff41\uff46\uff45 tables", "cafe\u0301 tables"):
        assert categories.named(name, "en") == cafe, name
    assert cafe.name == "Café tables"


def test_named_category_belongs_to_its_language(categories: CategoryRepository) -> None:
    english, chinese = categories.named("Gift", "en"), categories.named("Gift", "zh")

    assert english.id != chinese.id
    assert categories.names([english.id, chinese.id]) == {english.id: {"en": "Gift"}, chinese.id: {"zh": "Gift"}}


def test_named_category_nearest_to_the_root_is_found_first(database: Database, categories: CategoryRepository) -> None:
    shoes, sale = categories.named("Shoes", "en"), categories.named("Sale", "en")
    database.execute(
        "UPDATE categories SET parent_id = %(parent)s, path = CONCAT('/', %(parent)s, '/', id, '/') WHERE id = %(id)s",
        {"parent": sale.id, "id": shoes.id},
    )
    assert categories.named("shoes", "en") == shoes
    database.execute(
        "INSERT INTO categories (parent_id, path, position, slug, created_at, updated_at)"
        " VALUES (0, '/9/', 0, 'other', NOW(6), NOW(6))"
    )
    database.execute(
        "INSERT INTO category_texts (category_id, language, parent_id, name, name_key)"
        " SELECT id, 'en', 0, 'SHOES', 'shoes' FROM categories WHERE slug = 'other'"
    )

    assert categories.named("shoes", "en").name == "SHOES"


def test_created_category_has_an_unused_slug(database: Database, categories: CategoryRepository) -> None:
    for name in ("Linen shirts", "Linen, shirts", "衬衫", "鞋", "2024", "Linen-shirts!"):
        categories.named(name, "en")

    assert _slugs(database) == [
        "linen-shirts", "linen-shirts-2", "category", "category-2", "category-3", "linen-shirts-3",
    ]  # fmt: skip


def test_created_category_is_sorted_by_name_until_staff_arrange_it(
    database: Database, categories: CategoryRepository
) -> None:
    categories.named("Shoes", "en")
    categories.named("Hats", "en")
    database.execute("UPDATE categories SET position = 7 WHERE slug = 'hats'")

    categories.named("Bags", "en")

    positions = database.rows("SELECT slug, position FROM categories ORDER BY id")
    assert [(row["slug"], row["position"]) for row in positions] == [("shoes", 0), ("hats", 7), ("bags", 8)]


def test_full_tree_finds_categories_but_creates_none(
    categories: CategoryRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "MAX_CATEGORIES", 1)
    shoes = categories.named("Shoes", "en")

    assert categories.named("shoes", "en") == shoes
    with pytest.raises(TooManyCategories):
        categories.named("Hats", "en")


def test_ancestors_of_categories_are_read_from_their_paths(database: Database, categories: CategoryRepository) -> None:
    root, middle, leaf, other = (categories.named(name, "en").id for name in ("root", "middle", "leaf", "other"))
    for category_id, path in ((middle, f"/{root}/{middle}/"), (leaf, f"/{root}/{middle}/{leaf}/")):
        database.execute("UPDATE categories SET path = %(path)s WHERE id = %(id)s", {"path": path, "id": category_id})

    assert categories.with_ancestors([leaf]) == {root, middle, leaf}
    assert categories.with_ancestors([middle, other]) == {root, middle, other}
    assert categories.with_ancestors([]) == set()
    assert categories.names([]) == {}


def test_keys_refuse_siblings_with_the_same_name(database: Database, categories: CategoryRepository) -> None:
    shoes, hats = categories.named("Shoes", "en"), categories.named("Hats", "en")

    with pytest.raises(DuplicateKey):
        database.execute(
            "UPDATE category_texts SET name_key = 'shoes' WHERE category_id = %(id)s AND language = 'en'",
            {"id": hats.id},
        )
    assert categories.named("hats", "en").id != shoes.id


def test_processes_that_name_a_category_at_once_create_one(
    database: Database, database_url: str, redis_url: str, categories: CategoryRepository
) -> None:
    outcomes = race(
        category_worker, [("named", name) for name in ("Café", "cafe", "CAFÉ", "cafe ")], database_url, redis_url
    )

    assert outcomes == ["NamedCategory"] * 4
    assert count(database, "categories") == 1
    assert categories.named("café", "en").name in {"Café", "cafe", "CAFÉ", "cafe "}


def test_category_is_read_from_the_index_of_names(database: Database) -> None:
    explaining = ExplainingDatabase(database)

    explaining.plan = []
    CategoryRepository(explaining)._find("Shoes", "en")

    assert ("named", "category_texts_by_name") in explaining.keys
