"""The shop's exceptions. http/problems.py maps them to HTTP responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

# A body of 256 KiB can have 30,000 errors. This limit keeps the response small.
MAX_PROBLEMS = 100


class FieldProblem(Value):
    """An error in one field. `field` is a dotted path into the body, or the name of a parameter or header."""

    field: str
    reason: str


class ShopError(Exception):
    """The base of all errors that the shop raises deliberately."""


class InvalidInput(ShopError):
    """The request is invalid; `problems` names the invalid fields, at most a hundred."""

    def __init__(self, *problems: FieldProblem) -> None:
        self.problems = problems[:MAX_PROBLEMS]
        super().__init__("; ".join(f"{problem.field}: {problem.reason}" for problem in self.problems))


class Unauthenticated(ShopError):
    """The endpoint requires a caller, and the request has none."""


class InvalidCredentials(Unauthenticated):
    """There is no account with this email address and password."""


class Forbidden(ShopError):
    """The caller is authenticated but not allowed to do this."""


class SecondFactorRequired(Forbidden):
    """The caller's scopes take effect with the second factor."""


class FreshSecondFactorRequired(Forbidden):
    """The caller must use the second factor again, because its last code is too old for this."""


class WrongPassword(Forbidden):
    """The current password in the request is not the account's."""


class NotFound(ShopError):
    """The resource does not exist, or belongs to another user; `kind` is a noun such as `order`."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no such {kind}.")


class NotOnSale(NotFound):
    """An order contains products that are not on sale; `problems` names their fields."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("product on sale")
        self.problems = problems


class Conflict(ShopError):
    """The request is valid, but the shop's state forbids it."""


class EmailTaken(Conflict):
    """Another account has this email address."""


class InvalidLink(Conflict):
    """The link of a mail is unknown, has expired, was used, or a change of the account ended it."""


class SkuTaken(Conflict):
    """Another product has this stock keeping unit."""


class EqualVariant(Conflict):
    """The listing has a variant with these options, perhaps an archived one."""


class SlugTaken(Conflict):
    """Another listing or category has this slug, or had it: old links lead there."""


class VersionConflict(Conflict):
    """The resource has changed since the caller read it."""

    def __init__(self, version: int) -> None:
        super().__init__(f"It has been changed and now has version {version}. Read it again and repeat the change.")


class OutOfStock(Conflict):
    """Fewer units are left than requested; `problems` names each field that requests too many."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("Fewer units are left than requested.")
        self.problems = problems


class TooManyUnpaidOrders(Conflict):
    """The customer has reached the limit of orders that are neither paid nor shipped."""

    def __init__(self) -> None:
        super().__init__(
            "This account has reached the limit of orders that are neither paid nor shipped. Pay or cancel one first."
        )


class PriceChanged(Conflict):
    """The order's total is not the expected one; `prices` is the view of its current prices."""

    def __init__(self, prices: Mapping[str, object]) -> None:
        super().__init__(f"The order now costs {prices['total']} {prices['currency']}; `prices` has every line.")
        self.prices = prices


class NotChargeable(Conflict):
    """A card cannot be charged the total of the order; `problems` gives the field and the reason."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("A card cannot be charged the total of this order.")
        self.problems = problems


class WrongOrderState(Conflict):
    """The order's state does not allow the change; `refusal` is the last clause of the message."""

    def __init__(self, status: str, payment_status: str, refusal: str) -> None:
        clauses = {"processing": "its payment is processing", "review": "its payment is in review"}
        payment = clauses.get(payment_status) or payment_status.replace("_", " ")
        super().__init__(f"The order is {status} and {payment}; {refusal}.")


class OrderDisputed(Conflict):
    """The payment of the order is disputed; `advice` is what the client can do."""

    def __init__(self, advice: str) -> None:
        super().__init__(f"The payment of this order is disputed: {advice}.")


class PaymentPeriodOver(Conflict):
    """The order was not paid in time and is about to expire."""

    def __init__(self) -> None:
        super().__init__("The time to pay this order is over.")


class PaymentRefused(Conflict):
    """The payment provider refused the request; `code` and `message` are the provider's reason."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"The payment provider refused the request: {code}.")
        self.code = code
        self.message = message


class RefundTooLarge(Conflict):
    """The refund exceeds the remaining money or units; `problems` names each field that does."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("The refund is larger than what is left to refund.")
        self.problems = problems


class RestockTooLarge(Conflict):
    """More units would be restocked than came back with the parcel; `problems` names the field of each product."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("More units would be restocked than came back.")
        self.problems = problems


class PreconditionFailed(ShopError):
    """If-Match does not have the current version."""


class PreconditionRequired(ShopError):
    """The request must name the version that it changes."""


class IdempotencyKeyReused(ShopError):
    """The caller used this Idempotency-Key for another request."""


class TooManyAttempts(ShopError):
    """The caller must wait."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class QuotaExceeded(ShopError):
    """A limit on requests refuses this one (request_limits.py)."""

    def __init__(self, limit: str, retry_after_seconds: int) -> None:
        super().__init__(f"The limit {limit} is used up. Try again in {retry_after_seconds} s.")
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds


class ReadOnly(ShopError):
    """An operator has disabled writes; the message contains the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The shop is read-only at the moment: {reason}")


class ContentTooLarge(ShopError):
    """The body exceeds the size limit."""


class UnsupportedMediaType(ShopError):
    """The body has a media type or encoding that the shop does not support."""


class InvalidWebhook(ShopError):
    """The request is not an event that the payment provider signed within the last minutes."""


class Unavailable(ShopError):
    """A dependency does not answer; `dependency` is its name in logs and metrics."""

    def __init__(self, dependency: str, reason: str = "") -> None:
        super().__init__(f"{dependency} does not answer{': ' if reason else ''}{reason}")
        self.dependency = dependency


class PaymentOutcomeUnknown(Unavailable):
    """The payment provider gave no usable answer; the payment may have happened."""

    def __init__(self, reason: str = "") -> None:
        super().__init__("payments", reason)


class TransactionConflict(Unavailable):
    """The database rolled the transaction back in favour of another one; it can be retried."""

    def __init__(self, reason: str = "") -> None:
        super().__init__("database", reason)
