"""Slowing down password guessing: the contract of attempt counters, and the waits in Redis."""

import pytest

from microshop.errors import TooManyAttempts
from microshop.platform.redis import Redis
from microshop.users.login_attempts import LoginAttempts
from microshop.users.ports import LoginAttempts as AnyLoginAttempts
from tests.integration.conftest import ConnectRedis
from tests.support.fakes import FakeLoginAttempts
from tests.support.threads import at_once

_ACCOUNT = "ada@example.com"


@pytest.fixture(params=["redis", "fake"])
def attempts(request: pytest.FixtureRequest) -> AnyLoginAttempts:
    if request.param == "fake":
        return FakeLoginAttempts()
    return LoginAttempts(request.getfixturevalue("redis"))


def _count(attempts: AnyLoginAttempts, count: int) -> None:
    for _ in range(count):
        attempts.count(_ACCOUNT)


def _only_key(redis: Redis, pattern: str) -> bytes:
    found = redis.command("KEYS", pattern)
    assert isinstance(found, list)
    [key] = found
    assert isinstance(key, bytes)
    return key


def _end_the_wait(redis: Redis) -> None:
    redis.command("DEL", _only_key(redis, "login-wait:*"))


def test_the_sixth_attempt_must_wait(attempts: AnyLoginAttempts) -> None:
    _count(attempts, 5)

    with pytest.raises(TooManyAttempts) as refusal:
        attempts.count(_ACCOUNT)

    assert refusal.value.retry_after_seconds == 1


def test_attempts_of_one_account_do_not_slow_another(attempts: AnyLoginAttempts) -> None:
    _count(attempts, 5)

    attempts.count("grace@example.com")


def test_clearing_the_count_allows_five_more_attempts(attempts: AnyLoginAttempts) -> None:
    _count(attempts, 5)

    attempts.clear(_ACCOUNT)

    _count(attempts, 5)


def test_clearing_an_account_without_attempts_is_not_an_error(attempts: AnyLoginAttempts) -> None:
    attempts.clear("nobody@example.com")


def test_each_further_attempt_doubles_the_wait_up_to_fifteen_minutes(redis: Redis) -> None:
    attempts, waits = LoginAttempts(redis), list[int]()
    _count(attempts, 4)

    for _ in range(13):
        attempts.count(_ACCOUNT)
        with pytest.raises(TooManyAttempts) as refusal:
            attempts.count(_ACCOUNT)
        waits.append(refusal.value.retry_after_seconds)
        _end_the_wait(redis)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_an_attempt_during_the_wait_does_not_prolong_it(redis: Redis) -> None:
    attempts = LoginAttempts(redis)
    _count(attempts, 5)
    before = redis.command("PEXPIRETIME", _only_key(redis, "login-wait:*"))

    with pytest.raises(TooManyAttempts):
        attempts.count(_ACCOUNT)

    assert redis.command("PEXPIRETIME", _only_key(redis, "login-wait:*")) == before


def test_the_count_expires_an_hour_after_the_last_attempt(redis: Redis) -> None:
    LoginAttempts(redis).count(_ACCOUNT)

    remaining = redis.command("TTL", _only_key(redis, "login-attempts:*"))

    assert isinstance(remaining, int)
    assert 3590 <= remaining <= 3600


def test_no_key_contains_the_email(redis: Redis) -> None:
    _count(LoginAttempts(redis), 5)

    found = redis.command("KEYS", "*")

    assert isinstance(found, list)
    assert len(found) == 2
    assert not any(b"ada" in key for key in found if isinstance(key, bytes))


@pytest.mark.usefixtures("patience")
def test_only_five_of_fifty_concurrent_attempts_proceed(redis: Redis, connect_redis: ConnectRedis) -> None:
    counters = [LoginAttempts(connect_redis()) for _ in range(50)]

    outcomes = at_once(50, lambda number: counters[number].count(_ACCOUNT))

    assert outcomes.count(None) == 5
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 45
