"""Exceptions of the back office. http/problems.py maps them to HTTP responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import MAX_PROBLEMS, Conflict, Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microshop.errors import FieldProblem


class NotGrantable(Forbidden):
    """The caller lacks scopes that the change would grant or take away."""

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__(f"You cannot grant or take away rights that you do not have: {', '.join(missing)}.")


class RoleNameTaken(Conflict):
    """Another role has this name."""

    def __init__(self) -> None:
        super().__init__("Another role has this name.")


class AlreadyInvited(Conflict):
    """Another invitation of the address is open."""


class RoleInUse(Conflict):
    """The role has members."""

    def __init__(self) -> None:
        super().__init__("Accounts have this role; take it away from them first.")


class LastOwner(Conflict):
    """The account is the shop's last owner."""

    def __init__(self) -> None:
        super().__init__("This account is the last owner of the shop; another account must become an owner first.")


class StillStaff(Conflict):
    """The account is one of the staff."""


class InvalidSecondFactor(Forbidden):
    """The code is wrong, or was used before."""


class AlreadyEnrolled(Conflict):
    """The account has a second factor."""


class NotEnrolled(Conflict):
    """The account has no second factor, or its enrolment was not begun."""


class SecondFactorMandatory(Conflict):
    """The shop requires a second factor of every member of staff."""


class ChangesRefused(Conflict):
    """Some of several changes are not possible, so none was made; `problems` names the field of each."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("Nothing was changed; `errors` names every change that is not possible.")
        self.problems = problems[:MAX_PROBLEMS]


class CategoryNameTaken(Conflict):
    """Another category below the same parent has the name; `problems` names the fields."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("Another category below the same parent has this name; `errors` names the field.")
        self.problems = problems


class CategoryInUse(Conflict):
    """The category has children or listings."""
