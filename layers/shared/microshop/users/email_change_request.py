"""Takes requests for another mail address. The address changes with the link that is sent to it (email_change.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput, WrongPassword
from microshop.mail_links.link import Purpose
from microshop.transactions import retry_on_conflict
from microshop.users.account_events import EmailChangeRequested
from microshop.users.passwords import verify_password
from microshop.users.reading import get_profile

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.users.ports import AccountUnitOfWork, LoginAttempts, MailAttempts
    from microshop.users.schemas import ChangeEmailRequest
    from microshop.users.user import User

_PURPOSE = Purpose.CHANGE_EMAIL


def request_email_change(
    caller: Caller,
    request: ChangeEmailRequest,
    *,
    attempts: LoginAttempts,
    mails: MailAttempts,
    uow: AccountUnitOfWork,
) -> None:
    """Ask for a mail with a link to the new address, unless that address must wait.

    Nothing here depends on whether another account has the address.

    Raises:
        InvalidInput: the account has this address.
        WrongPassword: `current_password` is not the account's.
        TooManyAttempts: the session must wait because of wrong passwords, or the account because of earlier mails.
        NotFound: the account no longer exists.
    """
    user = get_profile(caller, uow.users)
    if request.email == user.email:
        raise InvalidInput(FieldProblem("email", "is the address of this account already"))
    attempts.count(caller.session)
    if not verify_password(request.current_password, user.password_hash):
        raise WrongPassword
    attempts.clear(caller.session)
    mails.count(_PURPOSE, user.id)
    if mails.allows(_PURPOSE, request.email):
        _record(user, request.email, uow)


@retry_on_conflict
def _record(user: User, email: str, uow: AccountUnitOfWork) -> None:
    with uow:
        recipient_id, version = uow.recipients.add(email), user.credentials_version
        uow.outbox.add(EmailChangeRequested(user_id=user.id, recipient_id=recipient_id, credentials_version=version))
        uow.commit()
