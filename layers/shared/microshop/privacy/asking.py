"""Use case: ask for the erasure of an account after a grace period."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import NotFound, WrongPassword
from microshop.privacy.events import ErasureRequested
from microshop.staff_errors import StillStaff
from microshop.transactions import retry_on_conflict
from microshop.users.passwords import verify_password
from microshop.users.reading import get_profile

if TYPE_CHECKING:
    from datetime import timedelta

    from microshop.caller import Caller
    from microshop.privacy.schemas import RequestErasureRequest
    from microshop.privacy.unit_of_work import ErasuresUnitOfWork
    from microshop.users.ports import LoginAttempts, MailAttempts
    from microshop.users.user import User


def request_erasure(
    caller: Caller,
    request: RequestErasureRequest,
    grace: timedelta,
    *,
    attempts: LoginAttempts,
    mails: MailAttempts,
    uow: ErasuresUnitOfWork,
) -> datetime:
    """Record that the account is to be erased after `grace`, and send a mail. Returns when it will be erased.

    Asking again changes nothing and returns the same time.

    Raises:
        WrongPassword: `current_password` is not the account's.
        StillStaff: the account has roles.
        TooManyAttempts: the session must wait because of wrong passwords, or the account because of earlier mails.
        NotFound: the account no longer exists.
    """
    user = get_profile(caller, uow.users)
    attempts.count(caller.session)
    if not verify_password(request.current_password, user.password_hash):
        raise WrongPassword
    attempts.clear(caller.session)
    if user.erasure_due_at is not None:
        return user.erasure_due_at
    mails.count("erasure", user.id)
    return _record(user, grace, uow)


@retry_on_conflict
def _record(user: User, grace: timedelta, uow: ErasuresUnitOfWork) -> datetime:
    now = datetime.now(UTC)
    with uow:
        locked = uow.users.lock_enabled(user.id)
        if locked is None:
            raise NotFound("account")
        if locked.credentials_version != user.credentials_version:  # the password has changed meanwhile
            raise WrongPassword
        if uow.erasures.ask(user.id, now, now + grace):
            uow.outbox.add(ErasureRequested(user_id=user.id, due_at=(now + grace).isoformat()))
        due_at = uow.erasures.due_at(user.id)
        if due_at is None:
            raise StillStaff
        uow.commit()
    return due_at
