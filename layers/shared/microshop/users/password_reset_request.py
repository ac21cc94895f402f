"""Takes requests of people who have forgotten their password.

It is not part of password_reset.py, so that it does not load hashing and password rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.mail_links.link import Purpose
from microshop.transactions import retry_on_conflict
from microshop.users.account_events import PasswordResetRequested

if TYPE_CHECKING:
    from microshop.users.ports import AccountUnitOfWork, MailAttempts


def request_password_reset(email: str, *, attempts: MailAttempts, uow: AccountUnitOfWork) -> None:
    """Ask for a mail with a link to a new password, unless the address must wait.

    Nothing here depends on whether an account has the address: the mail's consumer looks for it. So neither the
    response nor its time reveals it.
    """
    if attempts.allows(Purpose.RESET_PASSWORD, email):
        _record(email, uow)


@retry_on_conflict
def _record(email: str, uow: AccountUnitOfWork) -> None:
    with uow:
        uow.outbox.add(PasswordResetRequested(recipient_id=uow.recipients.add(email)))
        uow.commit()
