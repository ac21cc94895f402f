"""The table from errors to problem details (RFC 9457)."""

import json
from collections.abc import Callable, Iterator

import pytest

from microshop import errors, staff_errors
from microshop.http.problems import PROBLEMS, UNEXPECTED, problem_for, problem_response
from microshop.orders.placing_view import order_prices
from tests.support.order_builders import a_line, a_new_order
from tests.support.table_rows import wrong_answers


def _kinds_of(parent: type[Exception]) -> Iterator[type[Exception]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds_of(kind)


def test_every_error_of_the_shop_has_a_row_or_inherits_one() -> None:
    kinds = set(_kinds_of(errors.ShopError))

    assert len(kinds) > 20
    assert {kind.__name__ for kind in kinds if not PROBLEMS.keys() & set(kind.__mro__)} == set()


def test_every_problem_has_its_own_type() -> None:
    types = [problem.type for problem in PROBLEMS.values()]

    assert len(types) == len(set(types))


def test_error_becomes_the_problem_of_its_nearest_kind() -> None:
    rows = [
        (errors.InvalidInput(errors.FieldProblem("a", "b")), 400, "invalid-input"),
        (errors.InvalidWebhook("SignatureVerificationError"), 400, "invalid-webhook"),
        (errors.Unauthenticated(), 401, "unauthorized"),
        (errors.InvalidCredentials(), 401, "invalid-credentials"),
        (errors.Forbidden(), 403, "forbidden"),
        (errors.SecondFactorRequired(), 403, "second-factor-required"),
        (errors.FreshSecondFactorRequired(), 403, "fresh-second-factor-required"),
        (staff_errors.InvalidSecondFactor(), 403, "invalid-second-factor"),
        (staff_errors.AlreadyEnrolled(), 409, "already-enrolled"),
        (staff_errors.NotEnrolled(), 409, "not-enrolled"),
        (staff_errors.SecondFactorMandatory(), 409, "second-factor-mandatory"),
        (staff_errors.NotGrantable(["refund"]), 403, "not-grantable"),
        (errors.WrongPassword(), 403, "wrong-password"),
        (errors.NotFound("product"), 404, "not-found"),
        (errors.NotOnSale(errors.FieldProblem("product_id", "is not on sale")), 404, "not-on-sale"),
        (errors.EmailTaken(), 409, "email-taken"),
        (errors.InvalidLink(), 409, "invalid-link"),
        (errors.SkuTaken(), 409, "sku-taken"),
        (errors.VersionConflict(3), 409, "version-conflict"),
        (errors.OutOfStock(errors.FieldProblem("quantity", "only 2 left")), 409, "out-of-stock"),
        (errors.TooManyUnpaidOrders(), 409, "too-many-unpaid-orders"),
        (errors.PriceChanged(order_prices(a_new_order())), 409, "price-changed"),
        (errors.NotChargeable(errors.FieldProblem("items", "costs too little")), 409, "not-chargeable"),
        (staff_errors.RoleNameTaken(), 409, "role-name-taken"),
        (staff_errors.ChangesRefused(errors.FieldProblem("changes.0.id", "is archived")), 409, "changes-refused"),
        (staff_errors.AlreadyInvited(), 409, "already-invited"),
        (staff_errors.RoleInUse(), 409, "role-in-use"),
        (staff_errors.LastOwner(), 409, "last-owner"),
        (staff_errors.StillStaff(), 409, "still-staff"),
        (errors.WrongOrderState("shipped", "paid", "it cannot be cancelled"), 409, "wrong-order-state"),
        (errors.OrderDisputed("wait for its end"), 409, "order-disputed"),
        (errors.PaymentPeriodOver(), 409, "payment-period-over"),
        (errors.PaymentRefused("amount_too_small"), 409, "payment-refused"),
        (
            errors.RestockTooLarge(errors.FieldProblem("restock.0.quantity", "only 2 came back")),
            409,
            "restock-too-large",
        ),
        (errors.RefundTooLarge(errors.FieldProblem("amount", "is more than is left")), 409, "refund-too-large"),
        (
            staff_errors.CategoryNameTaken(errors.FieldProblem("texts.en.name", "is taken")),
            409,
            "category-name-taken",
        ),
        (staff_errors.CategoryInUse("There are listings in it."), 409, "category-in-use"),
        (errors.EqualVariant(), 409, "equal-variant"),
        (errors.SlugTaken(), 409, "slug-taken"),
        (errors.Conflict("So it is."), 409, "conflict"),
        (errors.PreconditionFailed(), 412, "precondition-failed"),
        (errors.ContentTooLarge(), 413, "content-too-large"),
        (errors.UnsupportedMediaType(), 415, "unsupported-media-type"),
        (errors.IdempotencyKeyReused(), 422, "idempotency-key-reused"),
        (errors.PreconditionRequired(), 428, "precondition-required"),
        (errors.TooManyAttempts(8), 429, "too-many-attempts"),
        (errors.QuotaExceeded("session", 8), 429, "quota-exceeded"),
        (errors.ReadOnly("maintenance"), 503, "read-only"),
        (errors.Unavailable("redis"), 503, "unavailable"),
        (errors.PaymentOutcomeUnknown("APIConnectionError"), 503, "unavailable"),
        (errors.TransactionConflict(), 503, "unavailable"),
        (RuntimeError("x"), 500, "internal-error"),
    ]

    def problem(error: Exception) -> tuple[int, str]:
        found = problem_for(error)
        return found.status, found.type

    assert {kind for _, _, kind in rows} == {each.type for each in (*PROBLEMS.values(), UNEXPECTED)}
    assert wrong_answers(problem, [(error, (status, kind)) for error, status, kind in rows]) == []


def test_problem_has_the_members_of_rfc_9457_and_the_request_id() -> None:
    response = problem_response(errors.NotFound("product"), "request-1")

    assert response.content_type == "application/problem+json"
    assert json.loads(response.body) == {
        "type": "urn:microshop:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such product.",
        "request_id": "request-1",
    }


def test_problem_links_to_its_section_of_a_published_error_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERROR_CATALOGUE_URL", "https://docs.example.com/errors")

    body = json.loads(problem_response(errors.SkuTaken(), "request-1").body)

    assert body["help"] == "https://docs.example.com/errors#sku-taken"


def test_problem_has_no_link_without_a_published_error_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERROR_CATALOGUE_URL", "")

    assert "help" not in json.loads(problem_response(errors.SkuTaken(), "request-1").body)


@pytest.mark.parametrize("kind", [errors.InvalidInput, errors.NotOnSale, errors.OutOfStock, errors.RefundTooLarge])
def test_error_about_fields_names_every_field(kind: Callable[..., errors.ShopError]) -> None:
    error = kind(errors.FieldProblem("email", "is odd"), errors.FieldProblem("lines.0.id", "is missing"))

    found = json.loads(problem_response(error, "request-1").body)["errors"]

    assert found == [{"field": "email", "reason": "is odd"}, {"field": "lines.0.id", "reason": "is missing"}]


def test_changed_price_is_refused_with_the_prices_of_every_line() -> None:
    order = a_new_order(
        a_line(product_id=5, unit_price_minor=1999, quantity=2), a_line(product_id=6, unit_price_minor=0)
    )

    body = json.loads(problem_response(errors.PriceChanged(order_prices(order)), "request-1").body)

    assert body["detail"] == "The order now costs 39.98 USD; `prices` has every line."
    assert body["prices"] == {
        "lines": [
            {"product_id": 5, "unit_price": "19.99", "quantity": 2, "total": "39.98"},
            {"product_id": 6, "unit_price": "0.00", "quantity": 1, "total": "0.00"},
        ],
        "subtotal": "39.98",
        "shipping": "0.00",
        "tax": "0.00",
        "total": "39.98",
        "currency": "USD",
    }


def test_detail_of_a_conflict_names_its_cause() -> None:
    rows = [
        (errors.VersionConflict(3), "version 3"),
        (errors.WrongOrderState("shipped", "paid", "it cannot be cancelled"), "shipped and paid"),
        (errors.PaymentPeriodOver(), "is over"),
        (errors.PaymentRefused("amount_too_small", "Your account sk_live_1 is restricted."), "amount_too_small"),
        (errors.Conflict("3 units are on hand."), "3 units are on hand."),
        (errors.SkuTaken(), "SKU"),
        (errors.PreconditionFailed(), "If-Match"),
        (errors.PreconditionRequired(), "If-Match"),
        (errors.IdempotencyKeyReused(), "Idempotency-Key"),
    ]

    details = [(text, json.loads(problem_response(error, "request-1").body)["detail"]) for error, text in rows]

    assert [row for row in details if row[0] not in row[1]] == []


def test_problem_has_a_header_that_tells_the_client_how_to_proceed() -> None:
    rows = [
        (errors.TooManyAttempts(8), "Retry-After", "8"),
        (errors.Unavailable("redis"), "Retry-After", "1"),
        (errors.TransactionConflict("error 1213"), "Retry-After", "1"),
        (errors.PaymentOutcomeUnknown("APIConnectionError"), "Retry-After", "1"),
        (errors.Unauthenticated(), "WWW-Authenticate", "Bearer"),
        (errors.InvalidCredentials(), "WWW-Authenticate", "Bearer"),
    ]

    def header_of(error: Exception, header: str) -> str:
        return problem_response(error, "request-1").headers[header]

    assert wrong_answers(header_of, rows) == []


def test_problem_hides_the_inner_cause() -> None:
    hidden = ("redis", "10.0.0.7", "SELECT", "1213", "APIConnectionError", "sk_live_1", "SignatureVerification")
    causes: list[Exception] = [
        errors.Unavailable("redis", "10.0.0.7 refused"),
        RuntimeError("SELECT secret"),
        errors.TransactionConflict("error 1213"),
        errors.PaymentOutcomeUnknown("APIConnectionError 502"),
        errors.PaymentRefused("account_invalid", "Your account sk_live_1 is restricted."),
        errors.InvalidWebhook("SignatureVerificationError"),
    ]

    bodies = [problem_response(error, "request-1").body for error in causes]

    assert [body for body in bodies if any(words in body for words in hidden)] == []
