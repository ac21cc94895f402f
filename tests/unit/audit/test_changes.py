"""The changed fields of an audit row."""

import pytest

from microshop.audit.changes import changed_fields, recordable


def test_only_changed_fields_are_recorded_with_both_values() -> None:
    before = {"price_minor": 1900, "stock": 3, "archived": False}

    assert changed_fields(before, {**before, "price_minor": 2100}) == {"price_minor": (1900, 2100)}


def test_a_created_entity_has_no_values_before() -> None:
    assert changed_fields({}, {"name": "packer", "scopes": ["read_orders"]}) == {
        "name": (None, "packer"),
        "scopes": (None, ["read_orders"]),
    }


def test_a_deleted_entity_has_no_values_after() -> None:
    assert changed_fields({"name": "packer"}, {}) == {"name": ("packer", None)}


def test_nothing_changed_is_nothing_to_record() -> None:
    assert changed_fields({"name": "packer"}, {"name": "packer"}) == {}


@pytest.mark.parametrize("field", ["email", "username", "address", "phone", "note", "reason", "password_hash"])
def test_a_field_with_personal_data_is_named_without_its_values(field: str) -> None:
    assert changed_fields({field: "one"}, {field: "other"}) == {field: None}
    assert recordable({field: ("one", "other")}) == {field: None}


def test_an_unchanged_field_with_personal_data_is_not_named() -> None:
    assert changed_fields({"email": "ada@example.com"}, {"email": "ada@example.com"}) == {}


def test_a_long_text_is_cut_and_still_differs() -> None:
    before, after = "x" * 400, "x" * 400 + "y"

    changes = changed_fields({"description": before}, {"description": after})

    cut = "x" * 299 + "…"
    assert changes == recordable(changes) == {"description": (cut, cut)}
    assert recordable({"name": ("x" * 300, None)}) == {"name": ("x" * 300, None)}
