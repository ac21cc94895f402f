"""The owner of an account, who logs in and uses links, on the real use cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microshop.caller import CUSTOMER
from microshop.mail_links.repository import MailLinks
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.email_change import change_email
from microshop.users.login import log_in
from microshop.users.login_attempts import LoginAttempts
from microshop.users.password_change import change_password
from microshop.users.password_reset import reset_password
from microshop.users.passwords import hash_password
from microshop.users.repository import UserRepository
from microshop.users.schemas import ChangePasswordRequest, LogInRequest, ResetPasswordRequest
from microshop.users.sessions import Sessions

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.mail_links.link import Purpose
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis
    from microshop.users.user import User

OLD_PASSWORD = "correct horse battery"
NEW_PASSWORD = "staple of a longer kind"


@dataclass
class Owner:
    """The owner of an account."""

    user_id: int
    database: Database
    redis: Redis

    @classmethod
    def registered(cls, database: Database, redis: Redis, name: str = "ada") -> Owner:
        """Add an account with OLD_PASSWORD."""
        user_id = UserRepository(database).add(
            email=f"{name}@example.com",
            username=name,
            role=CUSTOMER,
            language="en",
            password_hash=hash_password(OLD_PASSWORD),
        )
        return cls(user_id, database, redis)

    @property
    def account(self) -> User:
        user = UserRepository(self.database).by_id(self.user_id)
        assert user is not None
        return user

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.redis)

    @property
    def uow(self) -> AccountUnitOfWork:
        return AccountUnitOfWork(self.database)

    def link(self, purpose: Purpose, email: str | None = None) -> str:
        """Issue a link. Returns its token."""
        return MailLinks(self.database).issue(purpose, self.user_id, email or self.account.email)

    def logged_in(self, password: str = OLD_PASSWORD, *, email: str | None = None) -> Caller:
        """Log in. Returns the caller of the new session."""
        login = log_in(
            LogInRequest(email=email or self.account.email, password=password),
            lifetime_seconds=600,
            sessions=self.sessions,
            attempts=LoginAttempts(self.redis, "192.0.2.1"),
            users=UserRepository(self.database),
        )
        caller = self.sessions.find(login.session.token)
        assert caller is not None
        return caller

    def reset(self, token: str, password: str = NEW_PASSWORD) -> None:
        reset_password(
            ResetPasswordRequest(token=token, password=password),
            shop_name="Teahouse",
            sessions=self.sessions,
            attempts=LoginAttempts(self.redis, "192.0.2.1"),
            uow=self.uow,
        )

    def change_password(self, caller: Caller) -> None:
        change_password(
            caller,
            ChangePasswordRequest(current_password=OLD_PASSWORD, new_password=NEW_PASSWORD),
            shop_name="Teahouse",
            sessions=self.sessions,
            attempts=LoginAttempts(self.redis, "192.0.2.1"),
            uow=self.uow,
        )

    def change_email(self, token: str) -> None:
        change_email(token, self.sessions, self.uow)

    def disable(self) -> None:
        self.database.execute("UPDATE users SET disabled_at = UTC_TIMESTAMP(6) WHERE id = %(id)s", {"id": self.user_id})

    def events(self) -> list[str]:
        """Returns the types of the published events, oldest first."""
        return [row["type"] for row in self.database.rows("SELECT type FROM outbox ORDER BY id")]
