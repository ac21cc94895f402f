"""Slowing down password guessing without locking the owner out: the contract of counters, and the waits in Redis."""

import contextlib
import time

import pytest

from microshop.errors import TooManyAttempts
from microshop.platform.redis import Redis
from microshop.users.login_attempts import CallerAttempts, LoginAttempts
from microshop.users.ports import LoginAttempts as AnyLoginAttempts
from tests.integration.conftest import ConnectRedis
from tests.support.fakes import FakeLoginAttempts
from tests.support.threads import at_once

_ACCOUNT = "ada@example.com"
_HOME = "192.0.2.1"
_STRANGERS = [f"198.51.100.{number}" for number in range(1, 200)]


@pytest.fixture(params=["login", "caller", "fake"])
def attempts(request: pytest.FixtureRequest) -> AnyLoginAttempts:
    if request.param == "fake":
        return FakeLoginAttempts()
    redis = request.getfixturevalue("redis")
    return CallerAttempts(redis) if request.param == "caller" else LoginAttempts(redis, _HOME)


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
    attempts, waits = CallerAttempts(redis), list[int]()
    _count(attempts, 4)

    for _ in range(13):
        attempts.count(_ACCOUNT)
        with pytest.raises(TooManyAttempts) as refusal:
            attempts.count(_ACCOUNT)
        waits.append(refusal.value.retry_after_seconds)
        _end_the_wait(redis)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_an_attempt_during_the_wait_does_not_prolong_it(redis: Redis) -> None:
    attempts = CallerAttempts(redis)
    _count(attempts, 5)
    before = redis.command("PEXPIRETIME", _only_key(redis, "login-wait:*"))

    with pytest.raises(TooManyAttempts):
        attempts.count(_ACCOUNT)

    assert redis.command("PEXPIRETIME", _only_key(redis, "login-wait:*")) == before


def test_the_count_expires_an_hour_after_the_last_attempt(redis: Redis) -> None:
    CallerAttempts(redis).count(_ACCOUNT)

    remaining = redis.command("TTL", _only_key(redis, "login-attempts:*"))

    assert isinstance(remaining, int)
    assert 3590 <= remaining <= 3600


def test_no_key_contains_the_address_of_a_mailbox_or_a_client(redis: Redis) -> None:
    attempts = LoginAttempts(redis, _HOME)
    _count(attempts, 5)
    attempts.clear(_ACCOUNT)
    _count(attempts, 5)

    found = redis.command("KEYS", "*")

    assert isinstance(found, list)
    keys = [key for key in found if isinstance(key, bytes)]
    [known] = [key for key in keys if key.endswith(b":known")]
    members = redis.command("ZRANGE", known, 0, -1)
    assert isinstance(members, list)
    assert len(keys) == 4
    assert not any(word in text for text in [*keys, *members] for word in (b"ada", b"192.0") if isinstance(text, bytes))


def test_no_key_is_without_an_expiry(redis: Redis) -> None:
    attempts = LoginAttempts(redis, _HOME)
    _count(attempts, 5)
    attempts.clear(_ACCOUNT)
    _count(LoginAttempts(redis, _STRANGERS[0]), 5)

    found = redis.command("KEYS", "*")

    assert isinstance(found, list)
    assert [key for key in found if isinstance(key, bytes) and redis.command("TTL", key) == -1] == []


def test_a_stranger_does_not_lock_out_an_owner_whose_client_is_known(redis: Redis) -> None:
    owner = LoginAttempts(redis, _HOME)
    owner.clear(_ACCOUNT)

    assert _attempts_of(redis, _STRANGERS) == 20

    _count(owner, 5)


def test_a_stranger_with_one_client_does_not_lock_out_an_owner_on_a_new_one(redis: Redis) -> None:
    stranger, owner = LoginAttempts(redis, _STRANGERS[0]), LoginAttempts(redis, _HOME)
    for _ in range(50):
        with contextlib.suppress(TooManyAttempts):
            stranger.count(_ACCOUNT)

    _count(owner, 5)


def test_guessing_from_many_clients_is_slowed_down(redis: Redis) -> None:
    assert _attempts_of(redis, _STRANGERS) == 20

    with pytest.raises(TooManyAttempts):
        LoginAttempts(redis, "203.0.113.9").count(_ACCOUNT)


def test_a_link_to_a_new_password_lets_its_owner_in_while_others_guess(redis: Redis) -> None:
    _attempts_of(redis, _STRANGERS)
    owner = LoginAttempts(redis, _HOME)
    with pytest.raises(TooManyAttempts):
        owner.count(_ACCOUNT)

    owner.clear(_ACCOUNT)

    _count(owner, 5)


def test_a_client_is_known_to_the_accounts_that_used_it_only(redis: Redis) -> None:
    neighbour = LoginAttempts(redis, _HOME)
    neighbour.count("grace@example.com")
    neighbour.clear("grace@example.com")
    _attempts_of(redis, _STRANGERS)

    with pytest.raises(TooManyAttempts):
        neighbour.count(_ACCOUNT)


def test_an_account_knows_its_last_fifty_clients(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [f"192.0.2.{number}" for number in range(51)]
    for number, client in enumerate(clients):
        monkeypatch.setattr("microshop.users.login_attempts.time.time", lambda now=1e9 + number: now)
        LoginAttempts(redis, client).clear(_ACCOUNT)
    _attempts_of(redis, _STRANGERS)

    with pytest.raises(TooManyAttempts):
        LoginAttempts(redis, clients[0]).count(_ACCOUNT)
    LoginAttempts(redis, clients[1]).count(_ACCOUNT)


def test_a_client_is_forgotten_after_ninety_days(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    LoginAttempts(redis, _HOME).clear(_ACCOUNT)
    ninety_days_later = time.time() + 90 * 86_400 + 1
    monkeypatch.setattr("microshop.users.login_attempts.time.time", lambda: ninety_days_later)
    LoginAttempts(redis, "203.0.113.9").clear(_ACCOUNT)
    _attempts_of(redis, _STRANGERS)

    with pytest.raises(TooManyAttempts):
        LoginAttempts(redis, _HOME).count(_ACCOUNT)


def _attempts_of(redis: Redis, clients: list[str]) -> int:
    """How many attempts these clients have in one go."""
    allowed = 0
    for client in clients:
        with contextlib.suppress(TooManyAttempts):
            LoginAttempts(redis, client).count(_ACCOUNT)
            allowed += 1
    return allowed


@pytest.mark.usefixtures("patience")
def test_only_five_of_fifty_concurrent_attempts_proceed(redis: Redis, connect_redis: ConnectRedis) -> None:
    counters = [LoginAttempts(connect_redis(), _HOME) for _ in range(50)]

    outcomes = at_once(50, lambda number: counters[number].count(_ACCOUNT))

    assert outcomes.count(None) == 5
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 45
