"""Replaces a password. The callers check who may do that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Conflict
from microshop.mail_links.link import Purpose
from microshop.users.account_events import PasswordChanged

if TYPE_CHECKING:
    from microshop.users.ports import AccountUnitOfWork, Sessions
    from microshop.users.sessions import EndedSessions
    from microshop.users.user import User


def set_password(
    user: User, password_hash: str, sessions: Sessions, uow: AccountUnitOfWork, *, keep: str | None = None
) -> EndedSessions:
    """Replace the password in the open transaction, and end every session but `keep`. Returns the ended sessions.

    Links to a new password end too, and those to another address: a thief with the old password may have asked for it.

    Raises:
        Conflict: another request changed the password at the same time.
    """
    if not uow.users.set_password(user, password_hash):
        raise Conflict("Another request changed the password at the same time.")
    for purpose in (Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL):
        uow.links.end_all(purpose, user.id)
    uow.outbox.add(PasswordChanged(user_id=user.id))
    # Before the commit, so that a Redis outage rolls the change back, and under the row's lock: see log_in.
    return sessions.end_all(user.id, keep=keep)
