"""Interfaces that the use cases of accounts need; unit tests have fakes of them. Imported for types only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop.transactions import Transaction

if TYPE_CHECKING:
    from microshop.caller import Role
    from microshop.messaging.event import EventLog
    from microshop.users.sessions import OpenedSession
    from microshop.users.user import Language, User


class Sessions(Protocol):
    """Stores sessions."""

    def open(self, user_id: int, role: Role, lifetime_seconds: int) -> OpenedSession: ...
    def end(self, user_id: int, session: str) -> None: ...
    def end_all(self, user_id: int, *, keep: str | None = None) -> None: ...


class LoginAttempts(Protocol):
    """Counts failed logins per account."""

    def count(self, account: str) -> None: ...
    def clear(self, account: str) -> None: ...


class Users(Protocol):
    """Stores accounts."""

    def add(self, *, email: str, username: str, role: Role, language: Language, password_hash: str) -> int: ...
    def by_id(self, user_id: int) -> User | None: ...
    def by_email(self, email: str) -> User | None: ...
    def settled_credentials_version(self, user_id: int) -> int | None: ...
    def update_profile(self, user_id: int, *, username: str | None, language: Language | None) -> None: ...
    def set_password(self, user: User, password_hash: str) -> bool: ...
    def set_role(self, user_id: int, role: Role) -> None: ...
    def replace_hash(self, user: User, new_hash: str) -> None: ...


class UnitOfWork(Transaction, Protocol):
    """A transaction over accounts and the outbox."""

    @property
    def users(self) -> Users: ...
    @property
    def outbox(self) -> EventLog: ...
