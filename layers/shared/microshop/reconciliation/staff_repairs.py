"""The use case in which staff repair a disagreement that a report names.

The report may be a day old, so the check runs again, for this one thing. Each repair compares once more in its own
transaction (repairing.py), which also has the audit row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput, ShopError, Unavailable
from microshop.limits import MAX_ID
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.reconciliation.reconciling import all_checks
from microshop.reconciliation.repairing import repair
from microshop.reconciliation.slices import Slice, Subject
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Row
    from microshop.reconciliation.check import Check, Window
    from microshop.reconciliation.overdue_queries import Inboxes
    from microshop.reconciliation.queries import Books
    from microshop.reconciliation.unit_of_work import RepairsUnitOfWork

# Of checks that read the few rows in a state that needs work.
_MAX_ROWS_IN_STATE = 1000


class StaffRepair(Value):
    """The result. A thing may disagree in several rows, such as an order in its lines.

    `to_do` is the advice for a person if a row was not repaired; `errors` are the reasons, for the log.
    """

    check: str
    subject: str
    found: int
    repaired: int
    to_do: str | None
    errors: tuple[str, ...]


def repair_disagreement(
    caller: Caller, name: str, subject: str, *, inboxes: Inboxes, window: Window, books: Books, uow: RepairsUnitOfWork
) -> StaffRepair:
    """Repair what a check finds about a thing, such as `stock_differs_from_ledger` about `product:17`.

    Each repaired row has an audit row. If nothing disagrees any more, nothing is found.

    Raises:
        InvalidInput: the check has no repair without the payment provider, or does not know such things.
        Unavailable: the database does not answer.
    """
    check = _check(name, subject, inboxes)
    rows = [row for row in _rows(check, subject, window, books, uow) if check.subject_of(row) == subject]
    repaired, errors = 0, list[str]()
    for row in rows:
        try:
            repaired += _repair(caller, check, subject, row, uow)
        except Unavailable:
            raise
        except (ShopError, DuplicateKey, ConstraintRefused) as error:
            errors.append(f"{type(error).__name__}: {error}")
    to_do = check.to_do if repaired < len(rows) else None
    return StaffRepair(name, subject, len(rows), repaired, to_do, tuple(errors))


def _repair(caller: Caller, check: Check, subject: str, row: Row, uow: RepairsUnitOfWork) -> bool:
    assert check.repair is not None  # noqa: S101 - _check refuses the others
    kind, _, number = subject.partition(":")

    def record(effect: str) -> None:
        changes = {"check": check.name.value, "subject": subject, "effect": effect}
        entity_id = int(number) if number.isdecimal() else None
        uow.audit.record(
            caller, "books.repair", kind, entity_id, {key: (None, value) for key, value in changes.items()}
        )

    return repair(check.repair, subject, row, uow, record)


def _check(name: str, subject: str, inboxes: Inboxes) -> Check:
    checks = [check for check in all_checks(inboxes) if check.repair is not None]
    named = [check for check in checks if check.name == name]
    if not named:
        raise InvalidInput(FieldProblem("check", f"must be one of {', '.join(dict.fromkeys(c.name for c in checks))}"))
    # One check for each consumer, which ends the name of the thing.
    for check in named:
        if _has_form(subject, check):
            return check
    raise InvalidInput(FieldProblem("subject", f"must be like {named[0].subject}"))


def _has_form(subject: str, check: Check) -> bool:
    parts, form = subject.split(":"), check.subject.split(":")
    if check.scope:
        form[-1] = check.scope
    return len(parts) == len(form) and all(
        bool(part) if "{" in wanted else part == wanted for part, wanted in zip(parts, form, strict=True)
    )


def _rows(check: Check, subject: str, window: Window, books: Books, uow: RepairsUnitOfWork) -> list[Row]:
    if check.about is None:
        return books.rows_in_state(check, window, _MAX_ROWS_IN_STATE)[0]
    id_ = _id_of(subject.split(":")[1], check.about, uow)
    return books.rows_in_slice(check, Slice(check.about, ids=(id_,)), window) if id_ else []


def _id_of(text: str, about: Subject, uow: RepairsUnitOfWork) -> int | None:
    if about is Subject.EVENTS:
        return uow.repairs.outbox_id(text)
    return int(text) if text.isdecimal() and int(text) <= MAX_ID else None
