"""Conditional requests with If-None-Match."""

from microshop.http.conditional import is_fresh

_ETAG = '"3-abcdef"'


def test_answer_is_fresh_when_the_client_has_this_version() -> None:
    headers = [_ETAG, f"W/{_ETAG}", f'"1-x", {_ETAG}', f'"1-x",W/{_ETAG} ,"2-y"', "*", " * "]

    assert [header for header in headers if not is_fresh(header, _ETAG)] == []


def test_answer_is_not_fresh_when_the_client_has_another_version_or_none() -> None:
    headers = ["", '"2-abcdef"', "3-abcdef", '"3-abcde"', '"*"', ",", "W/"]

    assert [header for header in headers if is_fresh(header, _ETAG)] == []


def test_weak_etag_of_the_answer_matches_a_strong_one_of_the_client() -> None:
    assert is_fresh(_ETAG, f"W/{_ETAG}")
