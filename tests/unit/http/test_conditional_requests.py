"""If-None-Match."""

import pytest

from microshop.http.conditional import is_fresh

_ETAG = '"3-abcdef"'


@pytest.mark.parametrize("header", [_ETAG, f"W/{_ETAG}", f'"1-x", {_ETAG}', f'"1-x",W/{_ETAG} ,"2-y"', "*", " * "])
def test_a_client_that_has_this_version_needs_no_body(header: str) -> None:
    assert is_fresh(header, _ETAG)


@pytest.mark.parametrize("header", ["", '"2-abcdef"', "3-abcdef", '"3-abcde"', '"*"', ",", "W/"])
def test_a_client_that_has_another_version_or_none_gets_the_body(header: str) -> None:
    assert not is_fresh(header, _ETAG)


def test_a_weak_etag_of_the_answer_matches_a_strong_one_of_the_client() -> None:
    assert is_fresh(_ETAG, f"W/{_ETAG}")
