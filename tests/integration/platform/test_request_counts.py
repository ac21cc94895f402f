"""Counting requests in Redis: a quota at once, then one request every window / quota, for all processes together."""

from collections.abc import Callable

import pytest

from microshop.api_keys.api_key import hash_key
from microshop.api_keys.cache import ApiKeyCache
from microshop.platform.redis import Redis
from microshop.platform.request_counts import count
from microshop.request_limits import LimitUse, RequestLimit
from microshop.scopes import READ_ORDERS
from microshop.users.sessions import Sessions
from tests.support import counting_worker
from tests.support.builders import NOON
from tests.support.process_race import race

type Clock = Callable[[float], None]
_NOW = 1_768_399_500.0
_THREE = RequestLimit("three", 3, 60, "ada")
_TWO = RequestLimit("two", 2, 60, "ada")
_OF_ACCOUNT = RequestLimit("account", 3, 60, "")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the seconds since the test began; it stands still otherwise."""

    def turn(seconds: float) -> None:
        monkeypatch.setattr("microshop.platform.request_counts.time.time", lambda: _NOW + seconds)

    turn(0)
    return turn


def _counted(redis: Redis, *limits: RequestLimit, times: int = 1) -> list[LimitUse]:
    return [count(limits, redis) for _ in range(times)]


def test_a_quota_may_be_used_at_once(redis: Redis, clock: Clock) -> None:
    uses = _counted(redis, _THREE, times=5)

    assert [use.exceeded for use in uses] == ["", "", "", "three", "three"]
    assert [use.state for use in uses[:4]] == [
        '"three";r=2;t=20',
        '"three";r=1;t=40',
        '"three";r=0;t=60',
        '"three";r=0;t=20',
    ]
    assert uses[4].retry_after_seconds == 20


def test_a_used_quota_returns_one_request_at_a_time(redis: Redis, clock: Clock) -> None:
    _counted(redis, _THREE, times=3)

    outcomes = []
    for seconds in (19.9, 20, 20, 39.9, 40, 120, 120, 120, 120):
        clock(seconds)
        outcomes += [bool(use.exceeded) for use in _counted(redis, _THREE)]

    assert outcomes == [True, False, True, True, False, False, False, False, True]


def test_large_quotas_are_exact(redis: Redis, clock: Clock) -> None:
    limit = RequestLimit("many", 700, 60, "ada")

    assert sum(not use.exceeded for use in _counted(redis, limit, times=710)) == 700


def test_a_refused_request_uses_up_no_other_limit(redis: Redis, clock: Clock) -> None:
    uses = _counted(redis, _THREE, _TWO, times=4)

    assert [use.exceeded for use in uses] == ["", "", "two", "two"]
    assert [use.state for use in uses[2:]] == ['"three";r=1;t=40, "two";r=0;t=30'] * 2
    assert not count([_THREE], redis).exceeded


def test_subjects_have_their_own_quota(redis: Redis, clock: Clock) -> None:
    _counted(redis, _TWO, times=3)

    assert not count([RequestLimit("two", 2, 60, "bob")], redis).exceeded


def test_no_key_outlives_its_count(redis: Redis, clock: Clock) -> None:
    _counted(redis, _THREE, times=2)

    assert redis.command("SCAN", 0, "MATCH", "limit:*") == [b"0", [b"limit:three:ada"]]
    lifetime = redis.command("PTTL", _THREE.key)
    assert isinstance(lifetime, int)
    assert 0 < lifetime <= 40_000


def test_processes_together_cannot_exceed_a_limit(redis: Redis, redis_url: str, database_url: str) -> None:
    outcomes = race(counting_worker, [[15]] * 4, database_url, redis_url)

    assert sum(int(outcome.removeprefix("Allowed")) for outcome in outcomes) == counting_worker.LIMIT.quota


def test_sessions_of_an_account_share_its_limit(redis: Redis, clock: Clock) -> None:
    sessions = Sessions(redis)
    tokens = [sessions.open(user_id, 60).token for user_id in (17, 17, 17, 17, 18)]

    callers = [sessions.find(token, [_OF_ACCOUNT]) for token in tokens]

    assert [caller and caller.limit_use and caller.limit_use.exceeded for caller in callers] == [
        "",
        "",
        "",
        "account",
        "",
    ]


def test_a_key_counts_for_its_owner(redis: Redis, clock: Clock) -> None:
    token, cache = "msk_" + "A" * 43, ApiKeyCache(redis)
    expires_at = NOON.replace(year=NOON.year + 10)
    cache.put(hash_key(token), key_id=1, user_id=17, scopes={READ_ORDERS}, expires_at=expires_at)
    sessions = Sessions(redis)
    session = sessions.open(17, 60).token

    found = [cache.find(token, [_OF_ACCOUNT]), sessions.find(session, [_OF_ACCOUNT]), cache.find(token, [_OF_ACCOUNT])]

    assert [caller and caller.limit_use and caller.limit_use.state for caller in found] == [
        '"account";r=2;t=20',
        '"account";r=1;t=40',
        '"account";r=0;t=60',
    ]
    caller = cache.find(token, [_OF_ACCOUNT])
    assert caller is not None
    assert caller.limit_use is not None
    assert caller.limit_use.exceeded == "account"


def test_an_unknown_token_counts_against_nobody(redis: Redis) -> None:
    assert Sessions(redis).find("A" * 43, [_OF_ACCOUNT]) is None
    assert redis.command("SCAN", 0, "MATCH", "limit:*") == [b"0", []]
