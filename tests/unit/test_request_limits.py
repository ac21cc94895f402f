"""Limits on requests: which ones count a request, and what headers say about them."""

import re

import pytest

from microshop.authorizer_context import caller_in, context_of
from microshop.request_limits import LimitUse, RequestLimit, limit_use
from microshop.token_limits import token_limits
from tests.support.builders import a_caller
from tests.support.table_rows import wrong_answers

# The grammar of draft-ietf-httpapi-ratelimit-headers-10 for the parameters that the shop sends: a list of strings
# (RFC 9651, section 3.3.3) with integers.
_POLICY = re.compile(r'"[ !#-\[\]-~]+";q=\d+;w=\d+(, "[ !#-\[\]-~]+";q=\d+;w=\d+)*')
_STATE = re.compile(r'"[ !#-\[\]-~]+";r=\d+;t=\d+(, "[ !#-\[\]-~]+";r=\d+;t=\d+)*')
_SESSION, _ACCOUNT = RequestLimit("session", 3, 60, "5e"), RequestLimit("account", 9, 60, "")


def test_headers_name_each_limit_with_its_rest() -> None:
    use = limit_use([_SESSION, _ACCOUNT], [2, 19_001, 0, 60_000])

    assert use == LimitUse('"session";q=3;w=60, "account";q=9;w=60', '"session";r=2;t=20, "account";r=0;t=60')
    assert _POLICY.fullmatch(use.policy)
    assert _STATE.fullmatch(use.state)


def test_refusal_waits_for_the_slowest_limit() -> None:
    use = limit_use([_SESSION, _ACCOUNT], [-1, 4_000, -1, 6_001])

    assert (use.state, use.exceeded, use.retry_after_seconds) == ('"session";r=0;t=4, "account";r=0;t=7', "account", 7)


def test_no_refusal_waits_longer_than_clients_expect() -> None:
    assert limit_use([_SESSION], [-1, 3_600_000]) == LimitUse(
        '"session";q=3;w=60', '"session";r=0;t=900', "session", 900
    )


@pytest.mark.parametrize("counted", [[2, 100], [-1, 100]])
def test_functions_read_what_the_authorizer_counted(counted: list[int]) -> None:
    use = limit_use([_SESSION], counted)
    caller = a_caller()

    context = context_of(type(caller)(17, caller.session, limit_use=use))

    assert all(isinstance(value, str) for value in context.values())
    assert caller_in(context, "r-1").limit_use == use


def test_requests_are_counted_by_what_they_ask() -> None:
    ids, order = "api/v1/orders/17", "api/v1/orders"
    rows = [
        ("GET", order, False, ["session", "account"]),
        ("POST", order, False, ["session", "account", "orders"]),
        ("POST", f"{order}/", False, ["session", "account", "orders"]),
        ("POST", "api/v1/%6Frders", False, ["session", "account", "orders"]),
        ("POST", f"{ids}/payment", False, ["session", "account", "payments"]),
        ("POST", f"{ids}/refunds", True, ["api-key", "account", "refunds"]),
        ("POST", f"{ids}/cancel", False, ["session", "account"]),
        ("POST", "api/v1/admin/orders/17/notes", True, ["api-key", "account"]),
        ("POST", "", False, ["session", "account"]),
    ]

    def names(method: str, path: str, is_key: bool) -> list[str]:
        return [limit.name for limit in token_limits(method, path, "5e", is_key=is_key)]

    assert wrong_answers(names, rows) == []


def test_a_token_counts_alone_and_an_account_with_all_its_tokens() -> None:
    assert [limit.key for limit in token_limits("GET", "api/v1/orders", "5e", is_key=False)] == [
        "limit:session:5e",
        "limit:account:",
    ]


def test_a_quota_of_zero_turns_a_limit_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_REQUESTS_PER_MINUTE", "0")

    assert [limit.name for limit in token_limits("GET", "api/v1/orders", "5e", is_key=False)] == ["session"]


def test_nothing_is_counted_while_the_gateway_caches_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHORIZER_TTL_SECONDS", "60")

    assert token_limits("POST", "api/v1/orders", "5e", is_key=False) == []
