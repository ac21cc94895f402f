"""Optimistic locking: If-Match and the version of a body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.errors import InvalidInput, PreconditionFailed, PreconditionRequired, VersionConflict
from microshop.products.view import etag_of
from microshop.versions import expected_version
from tests.support.product_builders import a_product
from tests.support.table_rows import not_refused, wrong_answers


def test_change_is_allowed_when_the_header_names_the_version() -> None:
    headers = [
        '"3"',
        ' "3" ',
        '"3-0123456789abcdef"',
        '"1", "3"',
        '"1","3-0123456789abcdef"',
        '"somebody else\'s", "3"',
        'W/"3", "3"',
        '"a,b" , "3"',
        "*",
        " * ",
    ]

    assert (
        wrong_answers(lambda header: expected_version(header).require(3), [(header, None) for header in headers]) == []
    )


def test_change_is_refused_when_the_header_names_only_other_versions() -> None:
    weak = ['W/"3"', 'W/"3-0123456789abcdef"']
    others = [
        '"2"',
        '"4", "2"',
        '""',
        '"03x"',
        '"3-"',
        '"3-0123456789ABCDEF"',
        '"3-0123456789abcde"',
        '" 3"',
        '"-3"',
        '"٣"',
        '"somebody else\'s"',
        '"33"',
        f'"{3:011}"',
    ]

    def change(header: str) -> None:
        expected_version(header).require(3)

    assert not_refused(change, [*others, *weak], "", PreconditionFailed) == []


def test_header_is_refused_when_it_is_not_a_list_of_tags() -> None:
    headers = ["3", '"3', '3"', '"3" "4"', '"3",', ',"3"', "w/3", '*, "3"', '"3";', "W/", '"a"b"']

    assert not_refused(expected_version, headers, "If-Match: must be an ETag", InvalidInput) == []


@given(st.integers(1, 2**31 - 1))
def test_etag_of_a_product_is_accepted_as_its_version(version: int) -> None:
    expected_version(etag_of(a_product(version=version), "{}")).require(version)


@pytest.mark.parametrize("header", ["", "   "])
def test_change_without_a_version_is_refused(header: str) -> None:
    with pytest.raises(PreconditionRequired):
        expected_version(header).require(3)


def test_version_in_the_body_is_enough() -> None:
    expected_version("", version=3).require(3)


@pytest.mark.parametrize("header", ["", '"3"', "*"])
def test_other_version_in_the_body_is_a_conflict_with_the_current_one(header: str) -> None:
    with pytest.raises(VersionConflict, match="now has version 3"):
        expected_version(header, version=2).require(3)


def test_header_and_body_must_both_be_right() -> None:
    with pytest.raises(PreconditionFailed):
        expected_version('"2"', version=3).require(3)
