"""The shop's exceptions; http/problems.py has the answer to each over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A body of 256 KiB can be wrong in 30,000 places; the answer stays within bounds.
_MAX_PROBLEMS = 100


@dataclass(frozen=True)
class FieldProblem:
    """One thing wrong with one field; `field` is a dotted path into the body, or a parameter's or header's name."""

    field: str
    reason: str


class ShopError(Exception):
    """Anything the shop refuses or cannot do."""


class InvalidInput(ShopError):
    """The request breaks a rule; `problems` names every field that does, the first hundred of them."""

    def __init__(self, *problems: FieldProblem) -> None:
        self.problems = problems[:_MAX_PROBLEMS]
        super().__init__("; ".join(f"{problem.field}: {problem.reason}" for problem in self.problems))


class Unauthenticated(ShopError):
    """The endpoint needs a caller and the request has none."""


class InvalidCredentials(Unauthenticated):
    """No account with this email and password."""


class Forbidden(ShopError):
    """The caller is known and may not do that."""


class WrongPassword(Forbidden):
    """The current password given with the request is not the account's."""


class NotFound(ShopError):
    """There is no such thing, or it is not the caller's."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class NotOnSale(NotFound):
    """An order asks for products that are not on sale; `problems` names each field that does."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("product on sale")
        self.problems = problems


class Conflict(ShopError):
    """The request is valid, but the shop's state forbids it."""


class EmailTaken(Conflict):
    """Another account has this email address."""


class SkuTaken(Conflict):
    """Another product has this stock keeping unit."""


class VersionConflict(Conflict):
    """The thing was changed since the caller read it."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"It was changed meanwhile and has version {version} now. Read it again and repeat the change."
        )


class OutOfStock(Conflict):
    """Fewer units are left than asked for; `problems` names each field that asks for too many."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("Fewer units are left than asked for.")
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
        super().__init__(f"The order costs {prices['total']} {prices['currency']} now; `prices` has every line.")
        self.prices = prices


class NotChargeable(Conflict):
    """A card cannot be charged the total of the order; `problems` names the field and says why."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("A card cannot be charged the total of this order.")
        self.problems = problems


class WrongOrderState(Conflict):
    """The order is not in a state from which it can do that; `refusal` is what cannot be done."""

    def __init__(self, status: str, payment_status: str, refusal: str) -> None:
        beside = {"processing": "its payment is processing", "review": "its payment is in review"}
        payment = beside.get(payment_status) or payment_status.replace("_", " ")
        super().__init__(f"The order is {status} and {payment}; {refusal}.")


class OrderDisputed(Conflict):
    """The payment of the order is disputed; `way_out` tells the client what it can do."""

    def __init__(self, way_out: str) -> None:
        super().__init__(f"The payment of this order is disputed: {way_out}.")


class PaymentPeriodOver(Conflict):
    """The order was not paid in time; it expires at any moment."""

    def __init__(self) -> None:
        super().__init__("The time in which this order could be paid has passed.")


class PaymentRefused(Conflict):
    """The payment provider refuses the request; `code` and `message` are its own reason."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"The payment provider refuses this: {code}.")
        self.code = code
        self.message = message


class RefundTooLarge(Conflict):
    """More is asked back than is left of what was captured or sold; `problems` names each field that does."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("More is asked back than is left.")
        self.problems = problems


class RestockTooLarge(Conflict):
    """More units go back on sale than came back with the parcel; `problems` names the field of each product."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("More units are to go back on sale than came back.")
        self.problems = problems


class PreconditionFailed(ShopError):
    """If-Match names another version than the one there is."""


class PreconditionRequired(ShopError):
    """The change needs the version that it starts from."""


class IdempotencyKeyReused(ShopError):
    """The caller used this Idempotency-Key for another request."""


class TooManyAttempts(ShopError):
    """The caller must wait."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class ReadOnly(ShopError):
    """Writes are disabled by an operator; the message says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The shop takes no changes at the moment: {reason}")


class ContentTooLarge(ShopError):
    """The body is larger than the shop reads."""


class UnsupportedMediaType(ShopError):
    """The body is not in a form that the shop reads."""


class InvalidWebhook(ShopError):
    """The request is not an event that the payment provider has signed within the last minutes."""


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
    """The database gave up on a transaction that raced another one: nothing of it happened, it may be run again."""

    def __init__(self, reason: str = "") -> None:
        super().__init__("database", reason)
