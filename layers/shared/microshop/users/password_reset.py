"""Resets a forgotten password with a link that is sent to the address of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import InvalidLink
from microshop.mail_links.link import Purpose
from microshop.transactions import retry_on_conflict
from microshop.users.password_blocklist import refuse_guessable
from microshop.users.password_setting import set_password
from microshop.users.passwords import hash_password

if TYPE_CHECKING:
    from microshop.users.ports import AccountUnitOfWork, LoginAttempts, Sessions
    from microshop.users.schemas import ResetPasswordRequest

_PURPOSE = Purpose.RESET_PASSWORD


def reset_password(
    request: ResetPasswordRequest,
    *,
    shop_name: str,
    sessions: Sessions,
    attempts: LoginAttempts,
    uow: AccountUnitOfWork,
) -> None:
    """Use a link to replace the password, end every session and verify the address, or do nothing.

    It opens no session, so a second factor is still needed. Attempts to log in with the old password no longer delay
    a login.

    Raises:
        InvalidLink: the link does not work, or the account is disabled or has another address now.
        InvalidInput: the password is one that attackers try first. The link still works.
    """
    link = uow.links.find(_PURPOSE, request.token)
    user = uow.users.by_id(link.subject_id) if link else None
    if user is None:
        raise InvalidLink
    refuse_guessable(request.password, field="password", shop_name=shop_name, username=user.username, email=user.email)
    password_hash = hash_password(request.password)  # takes 32 ms, so before the transaction: no lock is held yet
    _use_link(request.token, user.id, password_hash, sessions, uow)
    attempts.clear(user.email)


@retry_on_conflict
def _use_link(token: str, user_id: int, password_hash: str, sessions: Sessions, uow: AccountUnitOfWork) -> None:
    with uow:
        # The account first, as everything that ends links does: so no two requests wait for each other.
        user = uow.users.lock_enabled(user_id)
        link = uow.links.use(_PURPOSE, token)
        if user is None or link is None or link.email != user.email:
            raise InvalidLink
        ended = set_password(user, password_hash, sessions, uow)
        uow.users.verify_email(user.id, user.email)
        uow.commit()
    sessions.delete_ended(ended)
