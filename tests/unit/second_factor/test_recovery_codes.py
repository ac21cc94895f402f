"""Recovery codes are random, readable, and stored as hashes."""

import re

import pytest

from microshop.second_factor.recovery_codes import new_recovery_codes, recovery_code_hash


def test_ten_different_readable_codes_are_made() -> None:
    codes = new_recovery_codes()

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}", code) for code in codes)


@pytest.mark.parametrize(
    "typed", ["7k2m-x0q1-9fhr-w3ta", "7K2M-X0Q1-9FHR-W3TA", " 7k2m x0q1 9fhr w3ta ", "7k2mxOqL9fhrw3ta"]
)
def test_spelling_does_not_matter(typed: str) -> None:
    assert recovery_code_hash(17, typed) == recovery_code_hash(17, "7k2m-x0q1-9fhr-w3ta")


def test_hash_differs_per_code_and_account() -> None:
    codes = ["7k2m-x0q1-9fhr-w3ta", "7k2m-x0q1-9fhr-w3tb"]

    assert len({recovery_code_hash(user_id, code) for user_id in (1, 17) for code in codes}) == 4
