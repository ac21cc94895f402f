"""The local gateway asks Lambda authorizers as API Gateway does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.local_stack import LocalStack


def calls(stack: LocalStack) -> int:
    return sum(environment["invocations"] for environment in stack.environments("AuthorizerFunction"))


def test_what_the_authorizer_says_reaches_the_function_as_text(stack: LocalStack) -> None:
    said = stack.get("/private", Authorization="allow").json()["requestContext"]["authorizer"]
    assert (said["principalId"], said["admin"], said["name"]) == ("user-1", "true", "allow")
    assert isinstance(said["calls"], str)
    assert isinstance(said["integrationLatency"], int)


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}])
def test_a_missing_token_is_refused_without_asking(stack: LocalStack, headers: dict[str, str]) -> None:
    before = calls(stack)
    assert stack.get("/private", **headers).status == 401
    assert calls(stack) == before


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("unknown", 401),
        ("deny", 403),
        ("elsewhere", 403),
        ("away", 503),  # AUTHORIZER_FAILURE is 500, and the template says 503
        ("nothing", 500),
        ("nested-context", 500),
    ],
)
def test_an_authorizers_answer_decides(stack: LocalStack, token: str, status: int) -> None:
    answer = stack.get("/private", Authorization=token)
    assert answer.status == status
    assert "requestContext" not in answer.body.decode()


def test_without_a_ttl_every_request_is_asked_about(stack: LocalStack) -> None:
    before = calls(stack)
    for _ in range(3):
        stack.get("/private", Authorization="allow")
    assert calls(stack) == before + 3


def test_with_a_ttl_an_answer_is_remembered_per_token(stack: LocalStack) -> None:
    before = calls(stack)
    answers = [stack.get("/remembered", Authorization=token).status for token in ("ann", "ann", "bob", "deny", "deny")]
    assert answers == [200, 200, 200, 403, 403]
    assert calls(stack) == before + 3


def test_a_failure_is_not_remembered(stack: LocalStack) -> None:
    before = calls(stack)
    assert [stack.get("/remembered", Authorization="away").status for _ in range(2)] == [503, 503]
    assert calls(stack) == before + 2


def test_a_token_that_does_not_match_the_expression_is_refused_without_asking(stack: LocalStack) -> None:
    before = calls(stack)
    assert stack.get("/remembered", Authorization="UPPER").status == 401
    assert calls(stack) == before


def test_a_preflight_needs_no_token(stack: LocalStack) -> None:
    assert stack.request("OPTIONS", "/private").status == 200
