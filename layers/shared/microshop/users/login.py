"""Logs users in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.errors import InvalidCredentials
from microshop.users.access import PENDING, Access
from microshop.users.passwords import hash_password, needs_rehash, verify_password

if TYPE_CHECKING:
    from microshop.users.ports import LoginAttempts, Sessions, Users
    from microshop.users.schemas import LogInRequest
    from microshop.users.sessions import NewSession
    from microshop.users.user import User


class Login(NamedTuple):
    """A successful login."""

    user: User
    session: NewSession
    access: Access


def log_in(
    request: LogInRequest, *, lifetime_seconds: int, sessions: Sessions, attempts: LoginAttempts, users: Users
) -> Login:
    """Open a session for the owner of an email address and password.

    The session of an account with a second factor is pending: it has no scopes before a code has been sent.

    Raises:
        InvalidCredentials: unknown address, wrong password or disabled account. Neither the response nor its timing
            reveals which.
        TooManyAttempts: the account must wait.
    """
    attempts.count(request.email)
    account = users.for_login(request.email)
    password_hash = account.user.password_hash if account else None
    if not verify_password(request.password, password_hash) or account is None or account.is_disabled:
        raise InvalidCredentials
    user = account.user
    access = Access(account.scopes, PENDING if account.has_second_factor else None)
    session = sessions.open(user.id, lifetime_seconds, access)
    # A change of password, roles or second factor ends all sessions while it holds the row's lock. If it missed this
    # session, it has committed by the time this read returns. So no session outlives what opened it.
    if users.read_credentials_version(user.id) != user.credentials_version:
        sessions.end(user.id, session.hash)
        raise InvalidCredentials
    attempts.clear(request.email)
    if needs_rehash(user.password_hash):
        users.replace_hash(user, hash_password(request.password))
    return Login(user, session, access)
