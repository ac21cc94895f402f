"""Logins at the same time as a change of password or role: no session with the old credentials survives."""

import random
import time

import pytest

from microshop.caller import ADMIN, CUSTOMER, Caller, Role
from microshop.errors import InvalidCredentials
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users import login, password_change
from microshop.users.login import Login, log_in
from microshop.users.password_change import change_password
from microshop.users.repository import UserRepository
from microshop.users.schemas import ChangePasswordRequest, LogInRequest
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from microshop.users.updating import set_role
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
                Caller(user_id, CUSTOMER, "none"),
                ChangePasswordRequest(
                    current_password=_password(round_number), new_password=_password(round_number + 1)
                ),
                shop_name="Teahouse",
                sessions=sessions[number],
                attempts=FakeLoginAttempts(),
                uow=UsersUnitOfWork(connections[number]),
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
def test_no_session_keeps_the_old_role_after_a_concurrent_role_change(
    database: Database, redis: Redis, connect: Connect, connect_redis: ConnectRedis
) -> None:
    UserRepository(database).add(
        email="ada@example.com", username="Ada", role=ADMIN, language="en", password_hash=f"hash of {_password(0)}"
    )
    connections = [connect() for _ in range(_LOGINS + 1)]
    sessions = [Sessions(connect_redis()) for _ in range(_LOGINS + 1)]

    def change_or_log_in(number: int, role: Role) -> Login | None:
        time.sleep(random.uniform(0, 0.003))
        if number == _LOGINS:
            set_role("ada@example.com", role, sessions[number], UsersUnitOfWork(connections[number]))
            return None
        return log_in(
            LogInRequest(email="ada@example.com", password=_password(0)),
            lifetime_seconds=60,
            sessions=sessions[number],
            attempts=FakeLoginAttempts(),
            users=UserRepository(connections[number]),
        )

    for round_number in range(_ROUNDS):
        role = CUSTOMER if round_number % 2 == 0 else ADMIN
        outcomes = at_once(_LOGINS + 1, lambda number, role=role: change_or_log_in(number, role))  # type: ignore[misc]

        assert outcomes[_LOGINS] is None, outcomes[_LOGINS]
        callers = [Sessions(redis).find(each.session.token) for each in outcomes if isinstance(each, Login)]
        assert {caller.role for caller in callers if caller} <= {role}


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

    class CommitsDuringALogin(UsersUnitOfWork):
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
        Caller(user_id, CUSTOMER, "none"),
        ChangePasswordRequest(current_password=_password(0), new_password=_password(1)),
        shop_name="Teahouse",
        sessions=Sessions(connect_redis()),
        attempts=FakeLoginAttempts(),
        uow=CommitsDuringALogin(database),
    )

    assert isinstance(outcomes[1], InvalidCredentials)
    assert redis.command("KEYS", "session*") == []
