"""Who was there lately: noted by whoever asks for a session, counted for a quarter of an hour, and never in the way."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from microshop.caller import CUSTOMER
from microshop.platform import settings
from microshop.platform.redis import Argument, Redis
from microshop.users.presence import KEY, WINDOW_SECONDS, Presence
from microshop.users.sessions import Sessions
from tests.support.functions import forget_connections, load_function, sample_event
from tests.support.output import Output, send_logs_to_captured_output
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

_NOW = 1_768_399_500


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """A connection to a server of this test's own, which it may spoil."""
    server, processes = RedisServer(tmp_path, durable=False), Processes(tmp_path / "run")
    child = processes.start(server.prepare())
    try:
        child.wait_until(server.is_ready, 60)
        with closing(Redis(settings.redis_address(server.url))) as redis:
            yield redis
    finally:
        processes.stop(child)


@pytest.fixture
def deployed(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new execution environment for the functions that are loaded into it."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "microshop")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    send_logs_to_captured_output(monkeypatch)
    forget_connections()
    yield
    forget_connections()


def _noted(redis: Redis) -> dict[bytes, int]:
    found = redis.command("ZRANGE", KEY, 0, -1, "WITHSCORES")
    assert isinstance(found, list)
    return {bytes(found[n]): int(found[n + 1]) for n in range(0, len(found), 2)}  # type: ignore[arg-type]


def test_who_is_let_in_is_noted_with_the_time(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(redis)
    token = sessions.open(17, CUSTOMER, 60).token
    monkeypatch.setattr("microshop.users.sessions.time.time", lambda: _NOW + 0.9)

    sessions.find(token)

    assert _noted(redis) == {b"17": _NOW}


def test_somebody_who_comes_again_is_one_and_was_last_there_then(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(redis)
    tokens = [sessions.open(17, CUSTOMER, 60).token for _ in range(2)]

    for passed, token in ((0, tokens[0]), (60, tokens[1]), (120, tokens[0])):
        monkeypatch.setattr("microshop.users.sessions.time.time", lambda passed=passed: _NOW + passed)
        sessions.find(token)

    assert _noted(redis) == {b"17": _NOW + 120}


@pytest.mark.parametrize("user_id", [1, 2**31, 2**53])
def test_an_id_of_any_size_is_noted_as_it_is(redis: Redis, user_id: int) -> None:
    sessions = Sessions(redis)

    sessions.find(sessions.open(user_id, CUSTOMER, 60).token)

    assert list(_noted(redis)) == [str(user_id).encode()]


def test_nobody_is_noted_for_a_token_that_is_unknown_or_good_no_more(redis: Redis) -> None:
    sessions = Sessions(redis)
    ended, expired = sessions.open(17, CUSTOMER, 60), sessions.open(18, CUSTOMER, 60)
    sessions.end(17, ended.hash)
    redis.command("PEXPIRE", f"session:{expired.hash}", 0)

    found = [sessions.find(token) for token in (ended.token, expired.token, "A" * 43)]

    assert found == [None] * 3
    assert redis.command("EXISTS", KEY) == 0


@pytest.mark.parametrize(
    "spoil",
    [
        ("CONFIG", "SET", "maxmemory", 1),
        ("CONFIG", "SET", "min-replicas-to-write", 1),
        ("REPLICAOF", "127.0.0.1", 1),
        ("ACL", "SETUSER", "default", "-zadd"),
        ("SET", KEY, "something else"),
    ],
    ids=["full", "without its replicas", "a replica", "closed to us", "confused"],
)
def test_a_redis_that_takes_no_note_lets_everybody_in_all_the_same(
    own_redis: Redis, spoil: tuple[Argument, ...]
) -> None:
    sessions = Sessions(own_redis)
    opened = sessions.open(17, CUSTOMER, 60)
    own_redis.command(*spoil)

    caller = sessions.find(opened.token)

    assert caller is not None
    assert (caller.user_id, caller.session) == (17, opened.hash)
    assert sessions.find("A" * 43) is None
    assert own_redis.command("TYPE", KEY) != b"zset"


def test_users_count_for_a_quarter_of_an_hour_after_they_were_last_there(redis: Redis) -> None:
    for user_id, seconds_ago in ((1, 0), (2, WINDOW_SECONDS), (3, WINDOW_SECONDS + 1), (4, 86_400)):
        redis.command("ZADD", KEY, _NOW - seconds_ago, user_id)

    assert Presence(redis, clock=lambda: float(_NOW)).active_users() == 2

    assert _noted(redis).keys() == {b"1", b"2"}


def test_where_nobody_was_there_is_nobody(redis: Redis) -> None:
    assert Presence(redis).active_users() == 0


def test_the_metric_is_how_many_different_users_the_authorizer_let_in(
    redis: Redis, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions, authorizer = Sessions(redis), load_function("gateway/authorizer")
    tokens = [sessions.open(user_id, CUSTOMER, 60).token for user_id in (17, 17, 18)]
    for token in tokens:
        authorizer.handler(sample_event("gateway/authorizer") | {"authorizationToken": f"Bearer {token}"}, None)

    measured = load_function("schedules/measure_active_users").handler(
        sample_event("schedules/measure_active_users"), None
    )

    assert measured["active_users"] == 2
    assert [line["active_users"] for line in Output(capsys).metric("active_users")] == [[2.0]]
