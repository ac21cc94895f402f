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


def test_header_is_refused_when_it_is_no_list_of_tags() -> None:
    headers = ["3", '"3', '3"', '"3" "4"', '"3",', ',"3"', "w/3", '*, "3"', '"3";', "W/", '"a"b"']

    assert not_refused(expected_version, headers, "If-Match: must be an ETag", InvalidInput) == []


@given(st.integers(1, 2**31 - 1))
def test_the_etag_that_the_shop_gave_is_what_it_takes(version: int) -> None:
    expected_version(etag_of(a_product(version=version), "{}")).require(version)


@pytest.mark.parametrize("header", ["", "   "])
def test_a_client_that_says_nothing_must_say_what_it_changes(header: str) -> None:
    with pytest.raises(PreconditionRequired):
        expected_version(header).require(3)


def test_the_version_of_the_body_will_do() -> None:
    expected_version("", version=3).require(3)


@pytest.mark.parametrize("header", ["", '"3"', "*"])
def test_a_body_with_another_version_is_a_conflict_that_names_the_one_there_is(header: str) -> None:
    with pytest.raises(VersionConflict, match="has version 3 now"):
        expected_version(header, version=2).require(3)


def test_of_header_and_body_both_must_be_right() -> None:
    with pytest.raises(PreconditionFailed):
        expected_version('"2"', version=3).require(3)
