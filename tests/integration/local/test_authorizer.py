"""The local gateway calls Lambda authorizers as API Gateway does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.local_stack import LocalStack


def count_calls(stack: LocalStack) -> int:
    return sum(environment["invocations"] for environment in stack.environments("AuthorizerFunction"))


def test_the_authorizers_context_reaches_the_function_as_text(stack: LocalStack) -> None:
    context = stack.get("/private", Authorization="allow").json()["requestContext"]["authorizer"]
    assert (context["principalId"], context["admin"], context["name"]) == ("user-1", "true", "allow")
    assert isinstance(context["calls"], str)
    assert isinstance(context["integrationLatency"], int)


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}])
def test_a_missing_token_is_refused_without_a_call(stack: LocalStack, headers: dict[str, str]) -> None:
    before = count_calls(stack)
    assert stack.get("/private", **headers).status == 401
    assert count_calls(stack) == before


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
def test_a_request_is_refused_by_the_authorizers_answer(stack: LocalStack, token: str, status: int) -> None:
    answer = stack.get("/private", Authorization=token)
    assert answer.status == status
    assert "requestContext" not in answer.body.decode()


def test_every_request_calls_the_authorizer_without_a_ttl(stack: LocalStack) -> None:
    before = count_calls(stack)
    for _ in range(3):
        stack.get("/private", Authorization="allow")
    assert count_calls(stack) == before + 3


def test_an_answer_is_cached_per_token_with_a_ttl(stack: LocalStack) -> None:
    before = count_calls(stack)
    answers = [stack.get("/remembered", Authorization=token).status for token in ("ann", "ann", "bob", "deny", "deny")]
    assert answers == [200, 200, 200, 403, 403]
    assert count_calls(stack) == before + 3


def test_a_failure_of_the_authorizer_is_not_cached(stack: LocalStack) -> None:
    before = count_calls(stack)
    assert [stack.get("/remembered", Authorization="away").status for _ in range(2)] == [503, 503]
    assert count_calls(stack) == before + 2


def test_a_token_of_the_wrong_form_is_refused_without_a_call(stack: LocalStack) -> None:
    before = count_calls(stack)
    assert stack.get("/remembered", Authorization="UPPER").status == 401
    assert count_calls(stack) == before


def test_a_preflight_needs_no_token(stack: LocalStack) -> None:
    assert stack.request("OPTIONS", "/private").status == 200
