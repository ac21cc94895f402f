"""Logging in while the password changes: no session outlives the password that opened it."""

import random
import time

import pytest

from microshop.caller import CUSTOMER, Caller
from microshop.errors import InvalidCredentials
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users import service
from microshop.users.repository import UserRepository, UsersUnitOfWork
from microshop.users.sessions import Sessions
from tests.integration.conftest import Connect, ConnectRedis
from tests.support.fakes import FakeLoginAttempts
from tests.support.threads import at_once

_LOGINS = 3
_ROUNDS = 40


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is between the stores; a hash of 32 ms would only keep the requests from meeting."""
    monkeypatch.setattr(service, "hash_password", lambda password: f"hash of {password}")
    monkeypatch.setattr(service, "verify_password", lambda password, hashed: hashed == f"hash of {password}")
    monkeypatch.setattr(service, "needs_rehash", lambda _hashed: False)


@pytest.mark.usefixtures("patience")
def test_no_session_outlives_the_password_that_opened_it(
    database: Database, redis: Redis, connect: Connect, connect_redis: ConnectRedis
) -> None:
    user_id = UserRepository(database).add(
        email="ada@example.com", username="Ada", role=CUSTOMER, language="en", password_hash="hash of 0"
    )
    connections = [connect() for _ in range(_LOGINS + 1)]
    sessions = [Sessions(connect_redis()) for _ in range(_LOGINS + 1)]

    def change_or_log_in(number: int, round_number: int) -> service.LoggedIn | None:
        time.sleep(random.uniform(0, 0.003))
        if number == _LOGINS:
            service.change_password(
                Caller(user_id, CUSTOMER, "none"),
                current_password=str(round_number),
                new_password=str(round_number + 1),
                transaction=UsersUnitOfWork(connections[number]),
                sessions=sessions[number],
                attempts=FakeLoginAttempts(),
            )
            return None
        return service.log_in(
            "ada@example.com",
            str(round_number),
            lifetime_seconds=60,
            users=UserRepository(connections[number]),
            sessions=sessions[number],
            attempts=FakeLoginAttempts(),
        )

    for round_number in range(_ROUNDS):
        outcomes = at_once(_LOGINS + 1, lambda number, current=round_number: change_or_log_in(number, current))  # type: ignore[misc]

        assert outcomes[_LOGINS] is None, outcomes[_LOGINS]
        assert all(isinstance(outcome, (service.LoggedIn, InvalidCredentials)) for outcome in outcomes[:_LOGINS])
        assert redis.command("KEYS", "session:*") == []


@pytest.mark.usefixtures("patience")
def test_a_login_between_the_end_of_sessions_and_the_commit_gets_no_session(
    database: Database, redis: Redis, connect: Connect, connect_redis: ConnectRedis
) -> None:
    users = UserRepository(database)
    user_id = users.add(
        email="ada@example.com", username="Ada", role=CUSTOMER, language="en", password_hash="hash of old"
    )
    logging_in = UserRepository(connect())
    waiting: list[service.LoggedIn | Exception | None] = []

    class CommitsDuringALogin(UsersUnitOfWork):
        def commit(self) -> None:
            waiting.extend(at_once(2, lambda number: log_in() if number else self._commit_soon()))

        def _commit_soon(self) -> None:
            time.sleep(0.05)
            super().commit()

    def log_in() -> service.LoggedIn:
        return service.log_in(
            "ada@example.com",
            "old",
            lifetime_seconds=60,
            users=logging_in,
            sessions=Sessions(redis),
            attempts=FakeLoginAttempts(),
        )

    service.change_password(
        Caller(user_id, CUSTOMER, "none"),
        current_password="old",
        new_password="new",
        transaction=CommitsDuringALogin(database),
        sessions=Sessions(connect_redis()),
        attempts=FakeLoginAttempts(),
    )

    assert isinstance(waiting[1], InvalidCredentials)
    assert redis.command("KEYS", "session*") == []
