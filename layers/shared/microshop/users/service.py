"""The use cases of accounts: each one transaction, or none."""

from dataclasses import dataclass
from typing import Protocol

from microshop.caller import ADMIN, CUSTOMER, Caller
from microshop.errors import Conflict, InvalidCredentials, NotFound, WrongPassword
from microshop.messaging.event import EventLog
from microshop.transactions import Transaction, retried
from microshop.users.events import UserRegistered
from microshop.users.passwords import hash_password, needs_rehash, verify_password
from microshop.users.user import Language, User


class OpenedSession(Protocol):
    """A session and its token."""

    @property
    def token(self) -> str: ...
    @property
    def hash(self) -> str: ...
    @property
    def expires_in_seconds(self) -> int: ...


class Sessions(Protocol):
    """Where sessions are kept."""

    def open(self, user_id: int, role: str, lifetime_seconds: int) -> OpenedSession: ...
    def end(self, user_id: int, session: str) -> None: ...
    def end_all(self, user_id: int, *, keep: str | None = None) -> None: ...


class LoginAttempts(Protocol):
    """Where attempts at an account are counted."""

    def count(self, account: str) -> None: ...
    def clear(self, account: str) -> None: ...


class Users(Protocol):
    """Where accounts are kept."""

    def add(self, *, email: str, username: str, role: str, language: str, password_hash: str) -> int: ...
    def by_id(self, user_id: int) -> User | None: ...
    def by_email(self, email: str) -> User | None: ...
    def settled_credentials_version(self, user_id: int) -> int | None: ...
    def update_profile(self, user_id: int, *, username: str | None, language: Language | None) -> None: ...
    def set_password(self, user: User, password_hash: str) -> bool: ...
    def set_role(self, user_id: int, role: str) -> None: ...
    def replace_hash(self, user: User, new_hash: str) -> None: ...


class UsersTransaction(Transaction, Protocol):
    """A transaction over accounts and events."""

    @property
    def users(self) -> Users: ...
    @property
    def outbox(self) -> EventLog: ...


@dataclass(frozen=True)
class LoggedIn:
    """A successful login."""

    user: User
    session: OpenedSession


@retried
def register(*, username: str, email: str, password: str, language: Language, transaction: UsersTransaction) -> int:
    """Make a customer's account and announce it: both, or neither. Its id.

    Raises:
        EmailTaken: another account has the address.
    """
    password_hash = hash_password(password)  # before the transaction: 32 ms in which no lock is held
    with transaction:
        user_id = transaction.users.add(
            email=email, username=username, role=CUSTOMER, language=language, password_hash=password_hash
        )
        transaction.outbox.add(UserRegistered(user_id=user_id, language=language))
        transaction.commit()
    return user_id


def log_in(
    email: str, password: str, *, lifetime_seconds: int, users: Users, sessions: Sessions, attempts: LoginAttempts
) -> LoggedIn:
    """Open a session for the owner of `email` and `password`.

    Raises:
        InvalidCredentials: unknown address or wrong password; which one, neither answer nor time tells.
        TooManyAttempts: the account must wait.
    """
    attempts.count(email)
    user = users.by_email(email)
    if not verify_password(password, user.password_hash if user else None) or user is None:
        raise InvalidCredentials
    session = sessions.open(user.id, user.role, lifetime_seconds)
    # A change of password ends all sessions while it holds the row's lock. One that this session came too late for has
    # been committed by the time this read returns, so no session ever outlives the password that opened it.
    if users.settled_credentials_version(user.id) != user.credentials_version:
        sessions.end(user.id, session.hash)
        raise InvalidCredentials
    attempts.clear(email)
    if needs_rehash(user.password_hash):
        users.replace_hash(user, hash_password(password))
    return LoggedIn(user, session)


def profile(caller: Caller, users: Users) -> User:
    """The caller's account.

    Raises:
        NotFound: it is gone.
    """
    user = users.by_id(caller.user_id)
    if user is None:
        raise NotFound("account")
    return user


def update_profile(caller: Caller, *, username: str | None, language: Language | None, users: Users) -> User:
    """Set what is not None on the caller's account; the account as it is then.

    Raises:
        NotFound: it is gone.
    """
    users.update_profile(caller.user_id, username=username, language=language)
    return profile(caller, users)


def change_password(
    caller: Caller,
    *,
    current_password: str,
    new_password: str,
    transaction: UsersTransaction,
    sessions: Sessions,
    attempts: LoginAttempts,
) -> None:
    """Replace the caller's password and end every other session: both, or neither.

    Raises:
        WrongPassword: `current_password` is not the account's.
        TooManyAttempts: the account must wait.
        Conflict: the password was changed at the same moment.
        NotFound: the account is gone.
    """
    user = profile(caller, transaction.users)
    attempts.count(user.email)
    if not verify_password(current_password, user.password_hash):
        raise WrongPassword
    _replace_password(user, hash_password(new_password), caller.session, transaction, sessions)
    attempts.clear(user.email)


@retried
def _replace_password(
    user: User, password_hash: str, session: str, transaction: UsersTransaction, sessions: Sessions
) -> None:
    with transaction:
        if not transaction.users.set_password(user, password_hash):
            raise Conflict("The password was changed at the same moment by another request.")
        # Before the commit, so that Redis being away undoes the change, and under the row's lock: see log_in.
        sessions.end_all(user.id, keep=session)
        transaction.commit()


@retried
def grant_admin(email: str, transaction: UsersTransaction, sessions: Sessions) -> int:
    """Make the owner of `email` an admin from their next login on; the account's id.

    Raises:
        NotFound: nobody has registered with the address.
    """
    with transaction:
        user = transaction.users.by_email(email)
        if user is None:
            raise NotFound("account")
        transaction.users.set_role(user.id, ADMIN)
        sessions.end_all(user.id)  # a role lives in the session: the old one must not outlive the change
        transaction.commit()
    return user.id
