"""The one table from errors to problems."""

import json
from collections.abc import Iterator

import pytest

from microshop import errors
from microshop.http.problems import PROBLEMS, problem_for, problem_response


def _kinds_of(parent: type[Exception]) -> Iterator[type[Exception]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds_of(kind)


_ALL_KINDS = sorted(set(_kinds_of(errors.ShopError)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _ALL_KINDS)
def test_every_error_of_the_shop_has_a_row_or_inherits_one(kind: type[Exception]) -> None:
    assert any(ancestor in PROBLEMS for ancestor in kind.__mro__)


def test_the_drawn_tree_of_errors_names_every_one() -> None:
    drawn = errors.__doc__ or ""

    assert [
        kind.__name__ for kind in _ALL_KINDS if kind.__module__ == errors.__name__ and kind.__name__ not in drawn
    ] == []


def test_each_kind_of_problem_has_a_type_of_its_own() -> None:
    types = [problem.type for problem in PROBLEMS.values()]

    assert len(types) == len(set(types))


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.InvalidInput(errors.FieldProblem("a", "b")), 400, "invalid-input"),
        (errors.Unauthenticated(), 401, "unauthorized"),
        (errors.InvalidCredentials(), 401, "invalid-credentials"),
        (errors.Forbidden(), 403, "forbidden"),
        (errors.WrongPassword(), 403, "wrong-password"),
        (errors.NotFound("product"), 404, "not-found"),
        (errors.EmailTaken(), 409, "email-taken"),
        (errors.Conflict("So it is."), 409, "conflict"),
        (errors.ContentTooLarge(), 413, "content-too-large"),
        (errors.UnsupportedMediaType(), 415, "unsupported-media-type"),
        (errors.TooManyAttempts(8), 429, "too-many-attempts"),
        (errors.Unavailable("redis"), 503, "unavailable"),
        (errors.TransactionConflict(), 503, "unavailable"),
        (RuntimeError("x"), 500, "internal-error"),
    ],
)
def test_an_error_becomes_the_problem_of_its_nearest_kind(error: Exception, status: int, kind: str) -> None:
    problem = problem_for(error)

    assert (problem.status, problem.type) == (status, kind)


def test_a_problem_has_the_members_of_rfc_9457_and_the_request_id() -> None:
    response = problem_response(errors.NotFound("product"), "request-1")

    assert response.content_type == "application/problem+json"
    assert json.loads(response.body) == {
        "type": "urn:microshop:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such product.",
        "request_id": "request-1",
    }


def test_invalid_input_names_every_field() -> None:
    error = errors.InvalidInput(errors.FieldProblem("email", "is odd"), errors.FieldProblem("lines.0.id", "is missing"))

    found = json.loads(problem_response(error, "request-1").body)["errors"]

    assert found == [{"field": "email", "reason": "is odd"}, {"field": "lines.0.id", "reason": "is missing"}]


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (errors.TooManyAttempts(8), "Retry-After", "8"),
        (errors.Unavailable("redis"), "Retry-After", "1"),
        (errors.TransactionConflict("error 1213"), "Retry-After", "1"),
        (errors.Unauthenticated(), "WWW-Authenticate", "Bearer"),
        (errors.InvalidCredentials(), "WWW-Authenticate", "Bearer"),
    ],
)
def test_a_problem_says_in_a_header_what_a_client_can_do(error: Exception, header: str, value: str) -> None:
    assert problem_response(error, "request-1").headers[header] == value


@pytest.mark.parametrize(
    "error",
    [
        errors.Unavailable("redis", "10.0.0.7 refused"),
        RuntimeError("SELECT secret"),
        errors.TransactionConflict("error 1213"),
    ],
)
def test_what_went_wrong_inside_stays_inside(error: Exception) -> None:
    body = problem_response(error, "request-1").body

    assert not any(secret in body for secret in ("redis", "10.0.0.7", "SELECT", "1213"))
