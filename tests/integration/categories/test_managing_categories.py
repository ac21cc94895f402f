"""Changes of the category tree by staff, on the real database."""

import itertools
import json

import pytest

from microshop.categories import placing
from microshop.categories.category import TooManyCategories
from microshop.errors import (
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    PreconditionRequired,
    SlugTaken,
    VersionConflict,
)
from microshop.idempotency.key import idempotency_key
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import ConstraintRefused
from microshop.staff_errors import CategoryInUse, CategoryNameTaken
from microshop.versions import ExpectedVersion
from tests.support import category_worker
from tests.support.category_staff import CategoryStaff
from tests.support.process_race import race
from tests.support.records import count


@pytest.fixture
def staff(database: Database) -> CategoryStaff:
    return CategoryStaff(database)


def _put_listing_into(database: Database, category_id: int) -> None:
    listing_id = database.insert(
        "INSERT INTO listings (state, options, image_urls, created_at, updated_at)"
        " VALUES ('draft', '[]', '[]', NOW(6), NOW(6))"
    )
    database.execute(
        "INSERT INTO listing_categories (listing_id, category_id, position) VALUES (%(listing)s, %(category)s, 0)",
        {"listing": listing_id, "category": category_id},
    )


def _fields(error: pytest.ExceptionInfo[InvalidInput] | pytest.ExceptionInfo[CategoryNameTaken]) -> list[str]:
    return [problem.field for problem in error.value.problems]


def test_category_is_added_below_its_parent(staff: CategoryStaff) -> None:
    clothes = staff.add("Clothes")
    shoes = staff.add("Shoes", clothes.id, zh="鞋")

    assert staff.paths() == {clothes.id: f"/{clothes.id}/", shoes.id: f"/{clothes.id}/{shoes.id}/"}
    assert (shoes.slug, shoes.version) == ("shoes", 1)
    assert staff.faults() == []


def test_siblings_cannot_have_the_same_name_in_a_language(staff: CategoryStaff) -> None:
    clothes = staff.add("Clothes", zh="衣服").id
    shoes = staff.add("Shoes", clothes).id
    hats = staff.add("Hats").id

    for attempt in (
        lambda: staff.add("CLOTHES"),
        lambda: staff.change(hats, "clothés"),
        lambda: staff.move(staff.add("shoes").id, clothes),
    ):
        with pytest.raises(CategoryNameTaken) as error:
            attempt()
        assert _fields(error) == ["texts.en.name"]
    with pytest.raises(CategoryNameTaken) as error:
        staff.add("Apparel", zh="衣服")
    assert _fields(error) == ["texts.zh.name"]
    assert staff.add("Shoes", hats).id != shoes
    assert staff.faults() == []


def test_slug_of_another_category_is_refused(staff: CategoryStaff) -> None:
    staff.add("Clothes", slug="wear")
    hats = staff.add("Hats").id

    for attempt in (lambda: staff.add("Shoes", slug="wear"), lambda: staff.change(hats, "Hats", slug="wear")):
        with pytest.raises(SlugTaken):
            attempt()


def test_repeated_request_adds_a_category_once(database: Database, staff: CategoryStaff) -> None:
    key, other = (idempotency_key(1, ["k"], "POST /api/v1/admin/categories", body) for body in (1, 2))

    assert staff.add("Clothes", key=key) == staff.add("Clothes", key=key)
    assert count(database, "categories") == 1
    with pytest.raises(IdempotencyKeyReused):
        staff.add("Hats", key=other)


def test_change_replaces_all_names_and_keeps_the_slug(database: Database, staff: CategoryStaff) -> None:
    clothes = staff.add("Clothes", zh="衣服").id
    shoes = staff.add("Shoes", clothes).id
    database.execute("UPDATE categories SET refresh_after = NULL")

    changed = staff.change(clothes, "Apparel", ExpectedVersion(1))

    assert (dict(changed.names), changed.category.slug, changed.category.version) == ({"en": "Apparel"}, "clothes", 2)
    assert staff.to_refresh() == {clothes, shoes}


def test_change_of_only_the_slug_refreshes_the_pages_that_link_to_it(staff: CategoryStaff) -> None:
    clothes = staff.add("Clothes").id

    assert staff.change(clothes, "Clothes").category.slug == "clothes"
    assert staff.to_refresh() == set()
    assert staff.change(clothes, "Clothes", slug="wear").category.slug == "wear"
    assert staff.to_refresh() == {clothes}


def test_move_takes_the_subtree_along(staff: CategoryStaff) -> None:
    clothes, sale = staff.add("Clothes").id, staff.add("Sale").id
    shoes = staff.add("Shoes", clothes).id
    boots = staff.add("Boots", shoes).id

    moved = staff.move(shoes, sale, expected=ExpectedVersion(1)).category

    assert (moved.parent_id, moved.path, moved.version) == (sale, f"/{sale}/{shoes}/", 2)
    assert staff.names_by_path() == ["Clothes", "Sale", "Sale/Shoes", "Sale/Shoes/Boots"]
    assert staff.to_refresh() == {shoes, boots}
    staff.move(boots, 0)
    assert staff.names_by_path() == ["Boots", "Clothes", "Sale", "Sale/Shoes"]
    assert staff.faults() == []


def test_category_cannot_move_below_itself(staff: CategoryStaff) -> None:
    clothes = staff.add("Clothes").id
    boots = staff.add("Boots", staff.add("Shoes", clothes).id).id

    for parent_id in (clothes, boots, 2**40):
        with pytest.raises(InvalidInput) as error:
            staff.move(clothes, parent_id)
        assert _fields(error) == ["parent_id"]
    assert staff.faults() == []


def test_tree_has_at_most_six_levels(database: Database, staff: CategoryStaff) -> None:
    deepest = 0
    for level in range(6):
        deepest = staff.add(f"level {level}", deepest).id
    top = staff.add("top").id
    staff.add("below", top)
    fifth = staff.paths()[deepest].split("/")[-3]

    for attempt in (lambda: staff.add("seventh", deepest), lambda: staff.move(top, int(fifth))):
        with pytest.raises(InvalidInput) as error:
            attempt()
        assert _fields(error) == ["parent_id"]
    with pytest.raises(ConstraintRefused):
        database.execute("UPDATE categories SET path = CONCAT(path, '9/') WHERE id = %(id)s", {"id": deepest})


def test_siblings_are_arranged_by_position_or_before_another(staff: CategoryStaff, database: Database) -> None:
    apples, bananas, cherries = (staff.add(name).id for name in ("Apples", "Bananas", "Cherries"))

    staff.move(cherries, 0, before_id=bananas)

    positions = {row["id"]: row["position"] for row in database.rows("SELECT id, position FROM categories")}
    assert sorted(positions, key=positions.__getitem__) == [apples, cherries, bananas]
    assert staff.to_refresh() == set()
    assert staff.move(apples, 0, position=7).category.position == 7
    assert staff.move(apples, 0).category.position == 7
    with pytest.raises(InvalidInput) as error:
        staff.move(apples, 0, before_id=apples)
    assert _fields(error) == ["before_id"]


def test_change_and_move_need_the_current_version(staff: CategoryStaff) -> None:
    clothes = staff.add("Clothes").id

    for expected, refusal in ((ExpectedVersion(2), VersionConflict), (ExpectedVersion(), PreconditionRequired)):
        with pytest.raises(refusal):
            staff.change(clothes, "Wear", expected)
        with pytest.raises(refusal):
            staff.move(clothes, 0, expected=expected)
    for attempt in (lambda: staff.change(2**40, "X"), lambda: staff.move(2**40, 0), lambda: staff.delete(2**40)):
        with pytest.raises(NotFound):
            attempt()


def test_only_a_category_without_children_and_listings_is_deleted(database: Database, staff: CategoryStaff) -> None:
    clothes = staff.add("Clothes").id
    shoes = staff.add("Shoes", clothes).id
    _put_listing_into(database, shoes)

    for category_id, reason in ((clothes, "categories below"), (shoes, "listings in it")):
        with pytest.raises(CategoryInUse, match=reason):
            staff.delete(category_id)

    database.execute("DELETE FROM listing_categories")
    staff.delete(shoes, ExpectedVersion(1))
    staff.delete(clothes)
    assert staff.paths() == {}
    assert count(database, "category_texts") == 0


def test_full_tree_refuses_another_category(staff: CategoryStaff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MAX_CATEGORIES", 1)
    staff.add("Clothes")

    with pytest.raises(TooManyCategories):
        staff.add("Hats")


def test_every_change_is_recorded_with_its_fields(database: Database, staff: CategoryStaff) -> None:
    clothes, hats = staff.add("Clothes").id, staff.add("Hats").id
    staff.change(clothes, "Wear")
    staff.move(clothes, hats)
    staff.delete(clothes)

    rows = database.rows(
        "SELECT action, changes FROM audit_log WHERE entity = 'category' AND entity_id = %(id)s ORDER BY id",
        {"id": clothes},
    )
    recorded = [(row["action"], json.loads(row["changes"])) for row in rows]
    assert [action for action, _ in recorded] == [
        "category.create", "category.change", "category.move", "category.delete",
    ]  # fmt: skip
    assert recorded[1][1] == {"names": [{"en": "Clothes"}, {"en": "Wear"}]}
    assert recorded[2][1] == {"parent_id": [0, hats]}


def test_moves_at_once_make_no_cycle(
    database: Database, database_url: str, redis_url: str, staff: CategoryStaff
) -> None:
    ids = [staff.add(f"category {number}").id for number in range(4)]
    for category_id in ids:
        staff.add("child", category_id)
    moves = [("move", moved, parent) for moved, parent in itertools.pairwise([*ids, ids[0]])]

    outcomes = race(category_worker, moves, database_url, redis_url)

    # The four moves would be a cycle: one of them is refused.
    assert sorted(outcomes) == ["InvalidInput", *["ManagedCategory"] * 3]
    assert staff.faults() == []
    assert len(staff.paths()) == 8


def test_changes_at_once_leave_one_sibling_of_a_name(
    database: Database, database_url: str, redis_url: str, staff: CategoryStaff
) -> None:
    top, other = staff.add("Top").id, staff.add("Other").id
    shoes = staff.add("SHOES", other).id

    outcomes = race(category_worker, [("move", shoes, top), *[("add", top, "Shoes")] * 3], database_url, redis_url)

    assert outcomes.count("CategoryNameTaken") == 3
    assert staff.faults() == []
