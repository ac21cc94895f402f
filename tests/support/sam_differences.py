"""Where `sam local start-api` answers otherwise than API Gateway; everything else of the contract holds behind both."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Difference:
    """`tests` is found in the ids of the tests that it breaks."""

    reason: str
    tests: str


# Throttling, the authorizer's TTL, usage plans and CORS of gateway responses are not there either; no case here asks for
# them.
DIFFERENCES = (
    Difference(
        "It answers for the authorizer itself, 401 without a token and 502 where the authorizer says Unauthorized, and"
        " knows no gateway responses: API Gateway gives both the template's 401.",
        r"test_what_needs_a_token_answers_401_without_one_that_works",
    ),
    Difference(
        "A token that has ended is the same 502.",
        r"test_logging_out_answers_204_and_ends_the_token"
        r"|test_changing_the_password_answers_204_and_ends_other_sessions_only",
    ),
)


def expect_differences(items: list[pytest.Item]) -> None:
    """Have every test that a difference breaks fail, and every difference break a test: none can go unnoticed.

    Raises:
        pytest.UsageError: a difference is about no test.
    """
    for difference in DIFFERENCES:
        broken = [item for item in items if re.search(difference.tests, item.nodeid)]
        if not broken:
            raise pytest.UsageError(f"No test is about this difference any more: {difference.tests}")
        for item in broken:
            item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True))
