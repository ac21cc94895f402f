"""Logins at the same time as a change of password or roles: no session with the old credentials survives."""

import random
import time
from functools import partial

import pytest

from microshop.caller import CUSTOMER, Caller
from microshop.errors import InvalidCredentials
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import EVERYTHING
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users import login, password_change
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.login import Login, log_in
from microshop.users.password_change import change_password
from microshop.users.repository import UserRepository
from microshop.users.schemas import ChangePasswordRequest, LogInRequest
from microshop.users.sessions import Sessions
from tests.integration.conftest import Connect, ConnectRedis
from tests.support.fakes import FakeLoginAttempts
from tests.support.threads import at_once

_LOGINS = 3
_ROUNDS = 40


def _password(number: int) -> str:
    return f"tea for {number} guests"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is between database and Redis; hashes that take 32 ms each would make collisions rare."""
    for module in (password_change, login):
        monkeypatch.setattr(module, "verify_password", lambda password, hashed: hashed == f"hash of {password}")
    monkeypatch.setattr(password_change, "hash_password", lambda password: f"hash of {password}")
    monkeypatch.setattr(login, "needs_rehash", lambda _hashed: False)


@pytest.mark.usefixtures("patience")
def test_no_session_survives_a_concurrent_password_change(
    database: Database, redis: Redis, connect: Connect, connect_redis: ConnectRedis
) -> None:
    user_id = UserRepository(database).add(
        email="ada@example.com", username="Ada", role=CUSTOMER, language="en", password_hash=f"hash of {_password(0)}"
    )
    connections = [connect() for _ in range(_LOGINS + 1)]
    sessions = [Sessions(connect_redis()) for _ in range(_LOGINS + 1)]

    def change_or_log_in(number: int, round_number: int) -> Login | None:
        time.sleep(random.uniform(0, 0.003))
        if number == _LOGINS:
            change_password(
                Caller(user_id, "none"),
                ChangePasswordRequest(
                    current_password=_password(round_number), new_password=_password(round_number + 1)
                ),
                shop_name="Teahouse",
                sessions=sessions[number],
                attempts=FakeLoginAttempts(),
                uow=AccountUnitOfWork(connections[number]),
            )
            return None
        return log_in(
            LogInRequest(email="ada@example.com", password=_password(round_number)),
            lifetime_seconds=60,
            sessions=sessions[number],
            attempts=FakeLoginAttempts(),
            users=UserRepository(connections[number]),
        )

    for round_number in range(_ROUNDS):
        outcomes = at_once(_LOGINS + 1, lambda number, current=round_number: change_or_log_in(number, current))  # type: ignore[misc]

        assert outcomes[_LOGINS] is None, outcomes[_LOGINS]
        assert all(isinstance(outcome, (Login, InvalidCredentials)) for outcome in outcomes[:_LOGINS])
        assert redis.command("KEYS", "session:*") == []


@pytest.mark.usefixtures("patience")
def test_no_session_keeps_the_old_scopes_after_a_concurrent_change_of_roles(
    database: Database, redis: Redis, connect: Connect, connect_redis: ConnectRedis
) -> None:
    for name in ("ada", "bea"):  # Bea stays an owner
        email = f"{name}@example.com"
        UserRepository(database).add(
            email=email, username=name, role=CUSTOMER, language="en", password_hash=f"hash of {_password(0)}"
        )
        set_owner(email, Sessions(redis), StaffUnitOfWork(database, redis), is_owner=True)
    connections = [connect() for _ in range(_LOGINS + 1)]
    sessions = [Sessions(connect_redis()) for _ in range(_LOGINS + 1)]

    def change_or_log_in(number: int, *, is_owner: bool) -> Login | None:
        time.sleep(random.uniform(0, 0.003))
        if number == _LOGINS:
            set_owner(
                "ada@example.com", sessions[number], StaffUnitOfWork(connections[number], redis), is_owner=is_owner
            )
            return None
        return log_in(
            LogInRequest(email="ada@example.com", password=_password(0)),
            lifetime_seconds=60,
            sessions=sessions[number],
            attempts=FakeLoginAttempts(),
            users=UserRepository(connections[number]),
        )

    for round_number in range(_ROUNDS):
        is_owner = round_number % 2 == 1
        outcomes = at_once(_LOGINS + 1, partial(change_or_log_in, is_owner=is_owner))

        assert outcomes[_LOGINS] is None, outcomes[_LOGINS]
        callers = [Sessions(redis).find(each.session.token) for each in outcomes if isinstance(each, Login)]
        assert {caller.scopes for caller in callers if caller} <= {EVERYTHING if is_owner else frozenset()}


@pytest.mark.usefixtures("patience")
def test_a_login_before_the_commit_of_a_password_change_gets_no_session(
    database: Database, redis: Redis, connect: Connect, connect_redis: ConnectRedis
) -> None:
    users = UserRepository(database)
    user_id = users.add(
        email="ada@example.com", username="Ada", role=CUSTOMER, language="en", password_hash=f"hash of {_password(0)}"
    )
    accounts = UserRepository(connect())
    outcomes: list[Login | Exception | None] = []

    class CommitsDuringALogin(AccountUnitOfWork):
        def commit(self) -> None:
            outcomes.extend(at_once(2, lambda number: log_in_now() if number else self._commit_after_a_pause()))

        def _commit_after_a_pause(self) -> None:
            time.sleep(0.05)
            super().commit()

    def log_in_now() -> Login:
        return log_in(
            LogInRequest(email="ada@example.com", password=_password(0)),
            lifetime_seconds=60,
            sessions=Sessions(redis),
            attempts=FakeLoginAttempts(),
            users=accounts,
        )

    change_password(
        Caller(user_id, "none"),
        ChangePasswordRequest(current_password=_password(0), new_password=_password(1)),
        shop_name="Teahouse",
        sessions=Sessions(connect_redis()),
        attempts=FakeLoginAttempts(),
        uow=CommitsDuringALogin(database),
    )

    assert isinstance(outcomes[1], InvalidCredentials)
    assert redis.command("KEYS", "session*") == []
