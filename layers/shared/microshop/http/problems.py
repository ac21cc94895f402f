"""The table that maps the shop's errors to problem details (RFC 9457)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from microshop import errors, staff_errors
from microshop.http.response import PROBLEM, Response, to_json
from microshop.platform import settings
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.http.view import ProblemView
    from microshop.orders.placing_view import OrderPrices

TYPE_PREFIX = "urn:microshop:problem:"
_READ_ONLY_RETRY_SECONDS = 60  # maintenance takes minutes


class Problem(Value):
    """A kind of problem. `detail` replaces the error's message if that is empty or would reveal too much."""

    status: int
    type: str
    title: str
    detail: str = ""


# The first class in the error's method resolution order that has a row decides.
PROBLEMS: dict[type[Exception], Problem] = {
    errors.InvalidWebhook: Problem(
        400,
        "invalid-webhook",
        "Invalid webhook",
        "The event has no valid signature of the payment provider, or is too old.",
    ),
    errors.InvalidInput: Problem(
        400, "invalid-input", "Invalid input", "The request is invalid; `errors` names every field."
    ),
    errors.Unauthenticated: Problem(
        401,
        "unauthorized",
        "Unauthorized",
        "The token is missing, has expired or was revoked. Log in and send the new one as "
        "Authorization: Bearer <token>.",
    ),
    errors.InvalidCredentials: Problem(
        401, "invalid-credentials", "Invalid credentials", "There is no account with this email address and password."
    ),
    errors.Forbidden: Problem(403, "forbidden", "Forbidden", "This account may not do that."),
    errors.SecondFactorRequired: Problem(
        403,
        "second-factor-required",
        "Second factor required",
        "The account's rights take effect with its second factor. Send a code to "
        "POST /api/v1/admin/second-factor/verify; an account without one enrols first.",
    ),
    errors.FreshSecondFactorRequired: Problem(
        403,
        "fresh-second-factor-required",
        "Fresh second factor required",
        "Send a new code to POST /api/v1/admin/second-factor/verify, then repeat the request within five minutes.",
    ),
    staff_errors.InvalidSecondFactor: Problem(
        403,
        "invalid-second-factor",
        "Invalid second factor",
        "The code is wrong or was used before. Wait for the app's next code, and check the clock of the phone.",
    ),
    staff_errors.NotGrantable: Problem(403, "not-grantable", "Not grantable"),
    errors.WrongPassword: Problem(
        403, "wrong-password", "Wrong password", "current_password is not this account's password."
    ),
    errors.NotOnSale: Problem(404, "not-on-sale", "Not on sale", "The order contains products that are not on sale."),
    errors.NotFound: Problem(404, "not-found", "Not found"),
    errors.EmailTaken: Problem(409, "email-taken", "Email taken", "An account with this email address already exists."),
    errors.InvalidLink: Problem(
        409,
        "invalid-link",
        "Invalid link",
        "The link has expired, was used before, or is not complete. Ask for a new one.",
    ),
    errors.SkuTaken: Problem(409, "sku-taken", "SKU taken", "Another product has this SKU."),
    errors.EqualVariant: Problem(
        409,
        "equal-variant",
        "Equal variant",
        "The listing has a variant with these options. If it is archived, restore it or release its options.",
    ),
    errors.SlugTaken: Problem(409, "slug-taken", "Slug taken", "Another listing or category has or had this slug."),
    errors.VersionConflict: Problem(409, "version-conflict", "Version conflict"),
    errors.OutOfStock: Problem(409, "out-of-stock", "Out of stock"),
    errors.TooManyUnpaidOrders: Problem(409, "too-many-unpaid-orders", "Too many unpaid orders"),
    errors.PriceChanged: Problem(409, "price-changed", "Price changed"),
    errors.NotChargeable: Problem(409, "not-chargeable", "Not chargeable"),
    staff_errors.RoleNameTaken: Problem(409, "role-name-taken", "Role name taken"),
    staff_errors.AlreadyInvited: Problem(
        409,
        "already-invited",
        "Already invited",
        "An invitation of this address is open. Revoke it to send another one.",
    ),
    staff_errors.RoleInUse: Problem(409, "role-in-use", "Role in use"),
    staff_errors.ChangesRefused: Problem(409, "changes-refused", "Changes refused"),
    staff_errors.CategoryNameTaken: Problem(409, "category-name-taken", "Category name taken"),
    staff_errors.CategoryInUse: Problem(409, "category-in-use", "Category in use"),
    staff_errors.LastOwner: Problem(409, "last-owner", "Last owner"),
    staff_errors.StillStaff: Problem(
        409,
        "still-staff",
        "Still staff",
        "The account is one of the staff. Another member with manage_staff takes its roles away first; the last owner "
        "makes somebody else an owner.",
    ),
    staff_errors.AlreadyEnrolled: Problem(
        409,
        "already-enrolled",
        "Already enrolled",
        "This account has a second factor. Remove it before enrolling again.",
    ),
    staff_errors.NotEnrolled: Problem(
        409,
        "not-enrolled",
        "Not enrolled",
        "This account has no second factor. POST /api/v1/admin/second-factor begins.",
    ),
    staff_errors.SecondFactorMandatory: Problem(
        409,
        "second-factor-mandatory",
        "Second factor mandatory",
        "This shop requires a second factor of every member of staff. After the loss of a phone, staff with "
        "manage_staff can reset it: DELETE /api/v1/admin/staff/{id}/second-factor.",
    ),
    errors.WrongOrderState: Problem(409, "wrong-order-state", "Wrong order state"),
    errors.OrderDisputed: Problem(409, "order-disputed", "Order disputed"),
    errors.PaymentPeriodOver: Problem(409, "payment-period-over", "Payment period over"),
    errors.PaymentRefused: Problem(409, "payment-refused", "Payment refused"),
    errors.RestockTooLarge: Problem(409, "restock-too-large", "Restock too large"),
    errors.RefundTooLarge: Problem(409, "refund-too-large", "Refund too large"),
    errors.Conflict: Problem(409, "conflict", "Conflict"),
    errors.PreconditionFailed: Problem(
        412,
        "precondition-failed",
        "Precondition failed",
        "If-Match does not name the current version. Read the resource again and repeat.",
    ),
    errors.ContentTooLarge: Problem(413, "content-too-large", "Content too large"),
    errors.UnsupportedMediaType: Problem(415, "unsupported-media-type", "Unsupported media type"),
    errors.IdempotencyKeyReused: Problem(
        422, "idempotency-key-reused", "Idempotency key reused", "This Idempotency-Key was used for another request."
    ),
    errors.PreconditionRequired: Problem(
        428, "precondition-required", "Precondition required", "Send If-Match or a version, so that no change is lost."
    ),
    errors.TooManyAttempts: Problem(429, "too-many-attempts", "Too many attempts"),
    errors.QuotaExceeded: Problem(429, "quota-exceeded", "Quota exceeded"),
    errors.ReadOnly: Problem(503, "read-only", "Read-only"),
    errors.Unavailable: Problem(
        503, "unavailable", "Unavailable", "A part of the shop does not answer. Try again in a moment."
    ),
}
UNEXPECTED = Problem(
    500, "internal-error", "Internal error", "An unexpected error occurred. Support can look it up by its request id."
)


def problem_for(error: Exception) -> Problem:
    """Returns the table's row for `error`; an unforeseen error becomes an opaque 500."""
    return next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), UNEXPECTED)


def problem_response(error: Exception, request_id: str) -> Response:
    """Returns the problem details for `error` as a response."""
    problem = problem_for(error)
    body: ProblemView = {
        "type": TYPE_PREFIX + problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail or str(error),
        "request_id": request_id,
    }
    if catalogue := settings.text("ERROR_CATALOGUE_URL", ""):
        body["help"] = f"{catalogue}#{problem.type}"
    headers: dict[str, str] = {}
    match error:
        case (
            errors.InvalidInput(problems=problems)
            | errors.NotOnSale(problems=problems)
            | errors.OutOfStock(problems=problems)
            | errors.NotChargeable(problems=problems)
            | errors.RefundTooLarge(problems=problems)
            | errors.RestockTooLarge(problems=problems)
            | staff_errors.CategoryNameTaken(problems=problems)
            | staff_errors.ChangesRefused(problems=problems)
        ):
            body["errors"] = [{"field": problem.field, "reason": problem.reason} for problem in problems]
        case errors.PriceChanged(prices=prices):
            body["prices"] = cast("OrderPrices", prices)
        case errors.Unauthenticated():
            headers["WWW-Authenticate"] = "Bearer"
        case errors.TooManyAttempts(retry_after_seconds=seconds) | errors.QuotaExceeded(retry_after_seconds=seconds):
            headers["Retry-After"] = str(seconds)
        case errors.ReadOnly():
            headers["Retry-After"] = str(_READ_ONLY_RETRY_SECONDS)
        case errors.Unavailable():
            headers["Retry-After"] = "1"
    return Response(problem.status, to_json(body), headers, content_type=PROBLEM)
