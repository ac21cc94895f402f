"""Changes the mail address of an account, with a link that is sent to the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import InvalidLink
from microshop.mail_links.link import Purpose
from microshop.transactions import retry_on_conflict
from microshop.users.account_events import EmailChanged

if TYPE_CHECKING:
    from microshop.users.ports import AccountUnitOfWork, Sessions

_PURPOSE = Purpose.CHANGE_EMAIL
# A link to the old address proves nothing about the new one, and a later password must not depend on the old mailbox.
_ENDED = (Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD, Purpose.VERIFY_EMAIL)


@retry_on_conflict
def change_email(token: str, sessions: Sessions, uow: AccountUnitOfWork) -> None:
    """Use a link to change the address of its account, end the account's sessions and other links, or do nothing.

    The old address gets a mail about it.

    Raises:
        InvalidLink: the link does not work, or the account is disabled.
        EmailTaken: another account has the address by now.
    """
    found = uow.links.find(_PURPOSE, token)
    if found is None:
        raise InvalidLink
    with uow:
        user = uow.users.lock_enabled(found.subject_id)  # the account first: see reset_password
        link = uow.links.use(_PURPOSE, token)
        if user is None or link is None:
            raise InvalidLink
        uow.users.set_email(user.id, link.email)
        for purpose in _ENDED:
            uow.links.end_all(purpose, user.id)
        uow.outbox.add(EmailChanged(user_id=user.id, recipient_id=uow.recipients.add(user.email)))
        ended = sessions.end_all(user.id)
        uow.commit()
    sessions.delete_ended(ended)
