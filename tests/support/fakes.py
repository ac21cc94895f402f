"""In-memory fakes of the dependencies of use cases. tests/integration runs the same contract tests on fake and real."""
# ruff: noqa: ARG002 - the signatures are those of the real classes

import secrets
from collections.abc import Callable
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from microshop.caller import Caller, Role
from microshop.errors import EmailTaken, TooManyAttempts, Unauthenticated
from microshop.mail_links.link import Purpose, UsedLink
from microshop.messaging.event import Claim, Event
from microshop.notifications.mail import Mail
from microshop.products.paging import Position
from microshop.products.product import ListedProduct, Product, ProductFilter, summary_of
from microshop.users.access import NO_STAFF, Access
from microshop.users.sessions import MAX_SESSIONS, EndedSessions, NewSession, hash_token
from microshop.users.user import Language, LoginAccount, User

if TYPE_CHECKING:
    from microshop.scopes import Scope


class FakeUsers:
    """Accounts in a dictionary."""

    def __init__(self, *users: User) -> None:
        self.accounts = {user.id: user for user in users}
        self.scopes: dict[int, frozenset[Scope]] = {}
        self.disabled: set[int] = set()
        self.enrolled: set[int] = set()

    def add(self, *, email: str, username: str, role: Role, language: Language, password_hash: str) -> int:
        if self.by_email(email):
            raise EmailTaken
        user_id = max(self.accounts, default=0) + 1
        now = datetime.now(UTC)
        self.accounts[user_id] = User(user_id, email, username, role, language, password_hash, 1, now, now)
        return user_id

    def by_id(self, user_id: int) -> User | None:
        return self.accounts.get(user_id)

    def by_email(self, email: str) -> User | None:
        return next((user for user in self.accounts.values() if user.email == email), None)

    def enabled_by_email(self, email: str) -> User | None:
        user = self.by_email(email)
        return None if user is None or user.id in self.disabled else user

    def lock_enabled(self, user_id: int) -> User | None:
        return None if user_id in self.disabled else self.by_id(user_id)

    def for_login(self, email: str) -> LoginAccount | None:
        user = self.by_email(email)
        return (
            None
            if user is None
            else LoginAccount(
                user, self.scopes.get(user.id, frozenset()), user.id in self.disabled, user.id in self.enrolled
            )
        )

    def read_credentials_version(self, user_id: int) -> int | None:
        user = self.by_id(user_id)
        return user.credentials_version if user else None

    def update_profile(self, user_id: int, *, username: str | None, language: Language | None) -> None:
        if user := self.by_id(user_id):
            self._keep(replace(user, username=username or user.username, language=language or user.language))

    def set_password(self, user: User, password_hash: str) -> bool:
        kept = self.by_id(user.id)
        if kept is None or kept.credentials_version != user.credentials_version:
            return False
        self._keep(replace(kept, password_hash=password_hash, credentials_version=kept.credentials_version + 1))
        return True

    def set_email(self, user_id: int, email: str) -> None:
        kept, other = self.accounts[user_id], self.by_email(email)
        if other and other.id != user_id:
            raise EmailTaken
        version = kept.credentials_version + 1
        self._keep(replace(kept, email=email, email_verified_at=datetime.now(UTC), credentials_version=version))

    def verify_email(self, user_id: int, email: str) -> bool:
        user = self.by_id(user_id)
        if user is None or user.email != email or user.is_email_verified:
            return False
        self.accounts[user_id] = replace(user, email_verified_at=datetime.now(UTC))
        return True

    def invalidate_logins(self, user_id: int) -> None:
        if user := self.by_id(user_id):
            self.accounts[user_id] = replace(user, credentials_version=user.credentials_version + 1)

    def replace_hash(self, user: User, new_hash: str) -> None:
        kept = self.by_id(user.id)
        if kept and kept.password_hash == user.password_hash:
            self._keep(replace(kept, password_hash=new_hash))

    def _keep(self, user: User) -> None:
        self.accounts[user.id] = replace(user, updated_at=datetime.now(UTC))


class FakeEventLog:
    """Events in a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        self.events.append(event)


class FakeMailAttempts:
    """No mail has to wait."""

    def allows(self, purpose: Purpose, email: str) -> bool:
        return True

    def count(self, purpose: Purpose | Literal["erasure"], subject: int | str) -> None:
        pass


class FakeMailLinks:
    """Links in a dictionary, by their tokens."""

    def __init__(self) -> None:
        self.issued: dict[str, tuple[Purpose, UsedLink]] = {}

    def issue(self, purpose: Purpose, subject_id: int, email: str) -> str:
        token = secrets.token_urlsafe(32)
        self.issued[token] = (purpose, UsedLink(subject_id, email))
        return token

    def find(self, purpose: Purpose, token: str) -> UsedLink | None:
        found, link = self.issued.get(token, (None, None))
        return link if found == purpose else None

    def use(self, purpose: Purpose, token: str) -> UsedLink | None:
        link = self.find(purpose, token)
        if link:
            self.end_all(purpose, link.subject_id)
        return link

    def end_all(self, purpose: Purpose, subject_id: int) -> None:
        self.issued = {
            token: (kind, link)
            for token, (kind, link) in self.issued.items()
            if (kind, link.subject_id) != (purpose, subject_id)
        }


class FakeMailRecipients:
    """Addresses in a dictionary."""

    def __init__(self) -> None:
        self.emails: dict[int, str] = {}
        self._last_id = 0

    def add(self, email: str) -> int:
        self._last_id += 1
        self.emails[self._last_id] = email
        return self._last_id

    def email_of(self, recipient_id: int) -> str | None:
        return self.emails.get(recipient_id)

    def delete(self, recipient_id: int) -> None:
        self.emails.pop(recipient_id, None)


class FakeUsersUnitOfWork:
    """A transaction over the fakes of accounts, which rolls back accounts, events and links unless it is committed."""

    def __init__(self, users: FakeUsers | None = None) -> None:
        self.users = users or FakeUsers()
        self.outbox = FakeEventLog()
        self.links = FakeMailLinks()
        self.recipients = FakeMailRecipients()
        self.committed = False
        self._before: tuple[dict[int, User], list[Event], dict[str, tuple[Purpose, UsedLink]]] = ({}, [], {})

    def __enter__(self) -> Self:
        self.committed = False
        self._before = (dict(self.users.accounts), list(self.outbox.events), dict(self.links.issued))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.committed:
            self.users.accounts, self.outbox.events, self.links.issued = self._before

    def commit(self) -> None:
        self.committed = True


@dataclass
class FakeSessions:
    """Sessions in a dictionary, by the token's hash."""

    open_sessions: dict[str, Caller] = field(default_factory=dict)

    def open(self, user_id: int, lifetime_seconds: int, access: Access = NO_STAFF) -> NewSession:
        token = secrets.token_urlsafe(32)
        hashed = hash_token(token)
        for oldest in self._of(user_id)[: -MAX_SESSIONS + 1]:
            del self.open_sessions[oldest]
        scopes = access.scopes_in_effect(second_factor_required=False)
        self.open_sessions[hashed] = Caller(user_id, hashed, scopes, withheld=scopes != access.scopes)
        return NewSession(token, hashed, lifetime_seconds)

    def replace(self, user_id: int, session: str, access: Access) -> NewSession:
        if session not in self.open_sessions:
            raise Unauthenticated
        self.end(user_id, session)
        return self.open(user_id, 60, access)

    def find(self, token: str) -> Caller | None:
        return self.open_sessions.get(hash_token(token))

    def end(self, user_id: int, session: str) -> None:
        self.open_sessions.pop(session, None)

    def end_all(self, user_id: int, *, keep: str | None = None) -> EndedSessions:
        before = len(self.open_sessions)
        self.open_sessions = {
            hashed: caller
            for hashed, caller in self.open_sessions.items()
            if caller.user_id != user_id or hashed == keep
        }
        return EndedSessions("", before - len(self.open_sessions))

    def delete_ended(self, ended: EndedSessions) -> None:
        """Does nothing, because `end_all` has deleted them."""

    def count(self, user_id: int) -> int:
        return len(self._of(user_id))

    def _of(self, user_id: int) -> list[str]:
        return [hashed for hashed, caller in self.open_sessions.items() if caller.user_id == user_id]


class FakeLoginAttempts:
    """Attempts in a dictionary. No time passes, so a wait lasts until it is cleared."""

    def __init__(self, free_attempts: int = 5) -> None:
        self.counts: dict[str, int] = {}
        self._free_attempts = free_attempts

    def count(self, account: str) -> None:
        if self.counts.get(account, 0) >= self._free_attempts:
            raise TooManyAttempts(1)
        self.counts[account] = self.counts.get(account, 0) + 1

    def clear(self, account: str) -> None:
        self.counts.pop(account, None)


class FakeInbox:
    """Claims in a dictionary, with a clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self._claimed_until: dict[str, float] = {}
        self._done: set[str] = set()

    def claim(self, event_id: str, seconds: float) -> Claim:
        if event_id in self._done:
            return Claim.DONE
        if self._claimed_until.get(event_id, self.now) > self.now:
            return Claim.BUSY
        self._claimed_until[event_id] = self.now + seconds
        return Claim.GRANTED

    def mark_done(self, event_id: str) -> None:
        self._done.add(event_id)

    def release(self, event_id: str) -> None:
        self._claimed_until.pop(event_id, None)


@dataclass
class FakePostbox:
    """Sent mails as (recipient, mail). `refuse` makes sending fail."""

    sent: list[tuple[str, Mail]] = field(default_factory=list)
    refuse: Exception | None = None

    def send(self, recipient: str, mail: Mail) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.sent.append((recipient, mail))


def listed(product: Product) -> ListedProduct:
    """The product as an entry of a list."""
    values = dict(vars(product))
    return ListedProduct(summary=summary_of(values.pop("description")), **values)


class FakeCategoryNames:
    """Categories whose names are stored as they are sent."""

    def as_stored(self, name: str, _language: str) -> str:
        return name


class FakeSearch:
    """Finds nothing. The queries of products are fakes too."""

    ids: tuple[int, ...] = ()

    def find(self, *_search: object) -> Self:
        return self


class FakeProducts:
    """Products in the order of the list."""

    def __init__(self, *products: Product) -> None:
        self._products = products

    def by_id(self, product_id: int) -> Product | None:
        return next((product for product in self._products if product.id == product_id), None)

    def page(self, criteria: ProductFilter, sort: str, after: Position | None, limit: int) -> list[ListedProduct]:
        ids = [product.id for product in self._products]
        start = ids.index(after.id) + 1 if after else 0
        return [listed(product) for product in self._products[start : start + limit]]


def interrupted_by(action: Callable[[], object], users: FakeUsers) -> FakeUsers:
    """`users`, which run `action` after a login has read its account, as a concurrent request would."""
    found = users.for_login
    pending = [action]

    def for_login(email: str) -> LoginAccount | None:
        account = found(email)
        while pending:
            pending.pop()()
        return account

    users.for_login = for_login  # type: ignore[method-assign]
    return users
