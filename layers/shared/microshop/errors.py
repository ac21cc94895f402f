"""The shop's exceptions; what each becomes over HTTP stands in http/problems.py.

ShopError
├── InvalidInput            the request's own fault; names every field
├── Unauthenticated         no caller where one is needed
│   └── InvalidCredentials  unknown email or wrong password, never which
├── Forbidden               the caller may not do that
│   └── WrongPassword
├── NotFound                not there, or not the caller's to see
├── Conflict                true of the request, not of the shop's state
│   └── EmailTaken
├── TooManyAttempts         wait before trying again
├── ContentTooLarge
├── UnsupportedMediaType
└── Unavailable             a dependency does not answer
    └── TransactionConflict a transaction lost a race and may be run again
"""

from dataclasses import dataclass

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


class Conflict(ShopError):
    """The request is sound and the shop's state forbids it."""


class EmailTaken(Conflict):
    """Another account has this email address."""


class TooManyAttempts(ShopError):
    """The caller must wait."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class ContentTooLarge(ShopError):
    """The body is larger than the shop reads."""


class UnsupportedMediaType(ShopError):
    """The body is not in a form that the shop reads."""


class Unavailable(ShopError):
    """A dependency does not answer; `dependency` is its name in logs and metrics."""

    def __init__(self, dependency: str, reason: str = "") -> None:
        super().__init__(f"{dependency} does not answer{': ' if reason else ''}{reason}")
        self.dependency = dependency


class TransactionConflict(Unavailable):
    """The database gave up on a transaction that raced another one: nothing of it happened, it may be run again."""

    def __init__(self, reason: str = "") -> None:
        super().__init__("database", reason)
