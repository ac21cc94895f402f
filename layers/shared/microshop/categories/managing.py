"""Use cases of staff who maintain the category tree, one transaction each.

Each of them locks the tree first, so none sees a state that another one is changing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.categories.category import ROOT, AddedCategory, NewCategory
from microshop.categories.placing import arranged, position_of_new, require_parent, require_room, unused_slug
from microshop.categories.sorting import sorted_siblings
from microshop.errors import FieldProblem, InvalidInput, NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.staff_errors import CategoryInUse
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.categories.category import Category, CategoryDetails, ManagedCategory, Place
    from microshop.categories.unit_of_work import CategoriesUnitOfWork
    from microshop.idempotency.key import IdempotencyKey
    from microshop.versions import ExpectedVersion


def add_category(
    caller: Caller, parent_id: int, details: CategoryDetails, key: IdempotencyKey | None, uow: CategoriesUnitOfWork
) -> AddedCategory:
    """Add a category below a parent (0 is the root), once per key. Without a slug, the default name makes one.

    Raises:
        InvalidInput: the parent does not exist, or is on the lowest level.
        CategoryNameTaken: a sibling has one of the names.
        SlugTaken: another category has the slug.
        TooManyCategories: the tree is full.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.results, lambda: _add_category(caller, parent_id, details, key, uow))


@retry_on_conflict
def _add_category(
    caller: Caller, parent_id: int, details: CategoryDetails, key: IdempotencyKey | None, uow: CategoriesUnitOfWork
) -> AddedCategory:
    with uow:
        uow.tree.lock()
        require_room(uow.tree.count())
        parent = _parent(parent_id, uow)
        require_parent(parent, levels=1)
        uow.tree.require_unique_names(parent_id, details.names)
        position = position_of_new(uow.tree.last_position(parent_id))
        slug = details.slug or unused_slug(details.default_name, uow.tree.slugs_like)
        new = NewCategory(parent, position, slug, details.names)
        added = AddedCategory(uow.tree.add(new), new.slug, version=1)
        audited = _require(added.id, uow).audited
        uow.audit.record(caller, "category.create", "category", added.id, changed_fields({}, audited))
        if key is not None:
            uow.results.store(key, added)
        uow.commit()
    return added


@retry_on_conflict
def change_category(
    caller: Caller, category_id: int, details: CategoryDetails, expected: ExpectedVersion, uow: CategoriesUnitOfWork
) -> ManagedCategory:
    """Replace the names of a category; None keeps its slug. Returns the changed category.

    Raises:
        NotFound: there is no such category.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
        CategoryNameTaken: a sibling has one of the names.
        SlugTaken: another category has the slug.
    """
    with uow:
        uow.tree.lock()
        before = _require(category_id, uow)
        category = before.category
        expected.require(category.version)
        uow.tree.require_unique_names(category.parent_id, details.names, category_id)
        uow.tree.update(category, details.slug or category.slug, details.names)
        # Pages of listings show names and slugs.
        if details.names != before.names or details.slug not in (None, category.slug):
            uow.tree.index_again(category)
        after = _record_change("category.change", before, caller, uow)
        uow.commit()
    return after


@retry_on_conflict
def move_category(
    caller: Caller, category_id: int, place: Place, expected: ExpectedVersion, uow: CategoriesUnitOfWork
) -> ManagedCategory:
    """Move a category, with all categories below it, to another parent or another position. Returns the category.

    Without a position, a category becomes the last child of another parent, and keeps its position below the same one.
    Raises:
        NotFound: there is no such category.
        InvalidInput: the parent does not exist, is in the subtree or is too deep, or `before_id` is no child of it.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
        CategoryNameTaken: a child of the parent has one of the names.
    """
    with uow:
        uow.tree.lock()
        before = _require(category_id, uow)
        category = before.category
        expected.require(category.version)
        parent, is_moved = _parent(place.parent_id, uow), place.parent_id != category.parent_id
        require_parent(parent, levels=uow.tree.deepest_level(category) - category.level + 1, moved=category)
        uow.tree.require_unique_names(place.parent_id, before.names, category_id)
        uow.tree.move(category, parent, _position(category, place, uow))
        if place.before_id is not None:
            siblings = [
                each.category.id for each in sorted_siblings(uow.tree.children(place.parent_id), place.language)
            ]
            uow.tree.arrange(place.parent_id, arranged(siblings, category_id, place.before_id))
        if is_moved:
            uow.tree.index_again(_require(category_id, uow).category)
        after = _record_change("category.move", before, caller, uow)
        uow.commit()
    return after


@retry_on_conflict
def delete_category(
    caller: Caller, category_id: int, expected: ExpectedVersion | None, uow: CategoriesUnitOfWork
) -> None:
    """Delete a category without children and listings. If `expected` is None, any version is accepted.

    Raises:
        NotFound: there is no such category.
        PreconditionFailed: If-Match names another version.
        CategoryInUse: the category has children or listings.
    """
    with uow:
        uow.tree.lock()
        managed = _require(category_id, uow)
        if expected is not None:
            expected.require(managed.category.version)
        if uow.tree.has_children(category_id):
            raise CategoryInUse("There are categories below it; move or delete them first.")
        if uow.tree.has_listings(category_id):
            raise CategoryInUse("There are listings in it; move them to other categories first.")
        uow.tree.delete(category_id)
        removed = changed_fields(managed.audited, {})
        uow.audit.record(caller, "category.delete", "category", category_id, removed)
        uow.commit()


def _position(category: Category, place: Place, uow: CategoriesUnitOfWork) -> int:
    if place.position is not None:
        return place.position
    if place.parent_id == category.parent_id:
        return category.position
    return position_of_new(uow.tree.last_position(place.parent_id))


def _record_change(action: str, before: ManagedCategory, caller: Caller, uow: CategoriesUnitOfWork) -> ManagedCategory:
    after = _require(before.category.id, uow)
    changes = changed_fields(before.audited, after.audited)
    uow.audit.record(caller, action, "category", after.category.id, changes)
    return after


def _parent(parent_id: int, uow: CategoriesUnitOfWork) -> Category | None:
    if parent_id == ROOT:
        return None
    found = uow.tree.find(parent_id)
    if found is None:
        raise InvalidInput(FieldProblem("parent_id", "is no category"))
    return found.category


def _require(category_id: int, uow: CategoriesUnitOfWork) -> ManagedCategory:
    found = uow.tree.find(category_id)
    if found is None:
        raise NotFound("category")
    return found
