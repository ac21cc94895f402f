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
        r"test_what_needs_a_token_answers_401_without_one_that_works"
        r"|test_any_authorization_that_is_no_token_is_a_401"
        r"|test_of_two_authorizations_no_wrong_one_opens_what_the_right_one_would_not",
    ),
    Difference(
        "A token that has ended is the same 502.",
        r"test_logging_out_answers_204_and_ends_the_token"
        r"|test_changing_the_password_answers_204_and_ends_other_sessions_only",
    ),
    Difference(
        "An unknown path or method is its own 403, which API Gateway's gateway response makes a 404 that is a problem.",
        r"test_an_unknown_path_or_method_answers_404|test_head_is_404_where_there_is_no_public_read",
    ),
    Difference(
        "A body that is no UTF-8 is a 502, which API Gateway hands on with replacement characters.",
        r"test_a_malformed_body_is_refused_by_name\[(UTF-16|gzip|random bytes)-"
        r"|test_a_compressed_body_is_refused_as_what_it_is"
        r"|test_bytes_that_are_no_utf_8_become_the_replacement_character",
    ),
    Difference(
        "It decodes a path before it looks for its route, and takes bytes of a query that are no UTF-8.",
        r"test_a_path_id_that_is_none_is_refused_by_name\[/(products|orders)-%31\]"
        r"|test_a_bad_parameter_is_refused_by_name\[q=%FF\]"
        r"|test_a_path_is_case_sensitive_and_no_dots_lead_out_of_it",
    ),
    Difference(
        "It joins the values of a header that is sent twice, where API Gateway hands on each.",
        r"test_two_idempotency_keys_are_refused_by_name",
    ),
    Difference(
        "It compresses nothing.",
        r"test_a_list_of_100_products_is_a_quarter_as_long_when_compressed",
    ),
    Difference(
        "What functions log stands in a log of its own, which the test does not read.",
        r"test_an_unforeseen_fault_is_logged_once_under_the_request_id_of_the_answer",
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
