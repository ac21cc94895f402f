"""A failed login does the same work for an address with an account and for one without.

Times are not asserted, because they would be noisy: docs/decisions/0084-request-limits.md has them.
"""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from microshop.errors import InvalidCredentials, TooManyAttempts
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users.login import log_in
from microshop.users.login_attempts import LoginAttempts
from microshop.users.repository import UserRepository
from microshop.users.schemas import LogInRequest
from microshop.users.sessions import Sessions
from tests.support.account_owner import Owner

_KNOWN, _UNKNOWN = "ada@example.com", "nobody@example.com"
type Fail = Callable[[str], str]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Statements, commands and checks of hashes, without their values."""
    done: list[str] = []
    run, pipeline, verify = Database._run, Redis.pipeline, PasswordHasher.verify

    def recording_run(self: Database, sql: str, parameters: object, **options: bool) -> object:
        done.append(sql)
        return run(self, sql, parameters, **options)  # type: ignore[arg-type]

    def recording_pipeline(self: Redis, *commands: tuple[object, ...]) -> object:
        done.extend(" ".join(map(str, command[:3])) for command in commands)
        return pipeline(self, *commands)  # type: ignore[arg-type]

    def recording_verify(self: PasswordHasher, password_hash: str, password: str) -> object:
        done.append(password_hash.rpartition("$")[0].rpartition("$")[0])  # the parameters, without salt and digest
        return verify(self, password_hash, password)

    monkeypatch.setattr(Database, "_run", recording_run)
    monkeypatch.setattr(Redis, "pipeline", recording_pipeline)
    monkeypatch.setattr(PasswordHasher, "verify", recording_verify)
    return done


@pytest.fixture
def fail(database: Database, redis: Redis) -> Fail:
    """Fails to log in. Returns the name of the error."""

    def attempt(email: str) -> str:
        try:
            log_in(
                LogInRequest(email=email, password="wrong horse battery"),
                lifetime_seconds=60,
                sessions=Sessions(redis),
                attempts=LoginAttempts(redis, "192.0.2.1"),
                users=UserRepository(database),
            )
        except (InvalidCredentials, TooManyAttempts) as error:
            return type(error).__name__
        raise AssertionError("the password is wrong")

    return attempt


@pytest.mark.parametrize("earlier_attempts", [0, 4, 5])
def test_known_and_unknown_addresses_cause_the_same_work(
    fail: Fail, database: Database, redis: Redis, work: list[str], earlier_attempts: int
) -> None:
    Owner.registered(database, redis)
    for email in (_KNOWN, _UNKNOWN):
        for _ in range(earlier_attempts):
            fail(email)

    work.clear()
    of_known = [fail(_KNOWN), *work]
    work.clear()
    of_unknown = [fail(_UNKNOWN), *work]

    assert of_known == of_unknown
    assert sum("argon2id" in each for each in of_known) == (earlier_attempts < 5)
