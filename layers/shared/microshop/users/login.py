"""Logs users in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.errors import InvalidCredentials
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


def log_in(
    request: LogInRequest, *, lifetime_seconds: int, sessions: Sessions, attempts: LoginAttempts, users: Users
) -> Login:
    """Open a session for the owner of an email address and password.

    Raises:
        InvalidCredentials: unknown address or wrong password. Neither the response nor its timing reveals which.
        TooManyAttempts: the account must wait.
    """
    attempts.count(request.email)
    user = users.by_email(request.email)
    if not verify_password(request.password, user.password_hash if user else None) or user is None:
        raise InvalidCredentials
    session = sessions.open(user.id, user.role, lifetime_seconds)
    # A change of password ends all sessions while it holds the row's lock. If it missed this session, it has committed
    # by the time this read returns. So no session outlives the password that opened it.
    if users.read_credentials_version(user.id) != user.credentials_version:
        sessions.end(user.id, session.hash)
        raise InvalidCredentials
    attempts.clear(request.email)
    if needs_rehash(user.password_hash):
        users.replace_hash(user, hash_password(request.password))
    return Login(user, session)
