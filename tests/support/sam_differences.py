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


# Throttling, the authorizer's TTL, usage plans and CORS of gateway responses are not there either; no case here asks
# for them.
DIFFERENCES = (
    Difference(
        "It answers for the authorizer itself, 401 without a token and 502 where the authorizer says Unauthorized, and"
        " knows no gateway responses: API Gateway gives the template's 401 for both.",
        r"test_guarded_endpoints_answer_401_without_a_token"
        r"|test_an_authorization_without_a_valid_token_answers_401"
        r"|test_a_wrong_token_beside_the_right_one_opens_no_other_account",
    ),
    Difference(
        "A token that has ended is the same 502.",
        r"test_logging_out_answers_204_and_ends_the_session|test_changing_the_password_ends_every_other_session",
    ),
    Difference(
        "An unknown path or method is its own 403, which API Gateway's gateway response makes a 404 that is a problem.",
        r"test_unknown_paths_and_methods_answer_404|test_head_answers_404_except_for_public_reads",
    ),
    Difference(
        "A body that is not UTF-8 is a 502, which API Gateway forwards with replacement characters.",
        r"test_a_body_that_is_not_utf_8_is_refused|test_bytes_that_are_not_utf_8_become_the_replacement_character",
    ),
    Difference(
        "It decodes a path before it looks for its route, and accepts bytes of a query that are not UTF-8.",
        r"test_an_escaped_digit_is_no_id"
        r"|test_a_parameter_that_is_not_utf_8_is_refused_by_name"
        r"|test_a_path_is_case_sensitive_and_no_dots_lead_out_of_it",
    ),
    Difference(
        "It joins the values of a header that is sent twice, where API Gateway forwards each.",
        r"test_two_idempotency_keys_are_refused",
    ),
    Difference(
        "It compresses nothing.",
        r"test_compression_shrinks_a_list_of_100_products_to_a_quarter",
    ),
    Difference(
        "Functions log to a file that the test does not read.",
        r"test_an_unforeseen_fault_is_logged_once_with_the_request_id",
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
