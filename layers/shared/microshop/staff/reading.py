"""Reads members of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import NotFound

if TYPE_CHECKING:
    from microshop.staff.queries import StaffQueries
    from microshop.staff.staff_list import ListedMember


def get_member(user_id: int, staff: StaffQueries) -> ListedMember:
    """Returns an account with its roles.

    Raises:
        NotFound: there is no such account.
    """
    member = staff.member(user_id)
    if member is None:
        raise NotFound("account")
    return member
