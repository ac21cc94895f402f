"""Active users: every valid session lookup records its user, who counts for 15 minutes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from microshop.platform import settings
from microshop.platform.redis import Argument, Redis
from microshop.request_limits import RequestLimit
from microshop.users.presence import KEY, WINDOW_SECONDS, Presence
from microshop.users.sessions import Sessions
from tests.support.functions import forget_connections, load_function, sample_event
from tests.support.output import Output, send_logs_to_captured_output
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

_NOW = 1_768_399_500


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[Redis]:
    """A connection to a Redis server that only this test uses and may misconfigure."""
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
    """The settings of functions, as in a new execution environment."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "microshop")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    send_logs_to_captured_output(monkeypatch)
    forget_connections()
    yield
    forget_connections()


def _recorded(redis: Redis) -> dict[bytes, int]:
    found = redis.command("ZRANGE", KEY, 0, -1, "WITHSCORES")
    assert isinstance(found, list)
    return {bytes(found[n]): int(found[n + 1]) for n in range(0, len(found), 2)}  # type: ignore[arg-type]


def test_a_valid_token_records_its_user_and_the_time(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(redis)
    token = sessions.open(17, 60).token
    monkeypatch.setattr("microshop.users.sessions.time.time", lambda: _NOW + 0.9)

    sessions.find(token)

    assert _recorded(redis) == {b"17": _NOW}


def test_a_user_is_recorded_once_with_the_time_of_last_use(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(redis)
    tokens = [sessions.open(17, 60).token for _ in range(2)]

    for seconds, token in ((0, tokens[0]), (60, tokens[1]), (120, tokens[0])):
        monkeypatch.setattr("microshop.users.sessions.time.time", lambda seconds=seconds: _NOW + seconds)
        sessions.find(token)

    assert _recorded(redis) == {b"17": _NOW + 120}


@pytest.mark.parametrize("user_id", [1, 2**31, 2**53])
def test_a_user_id_of_any_size_is_recorded_exactly(redis: Redis, user_id: int) -> None:
    sessions = Sessions(redis)

    sessions.find(sessions.open(user_id, 60).token)

    assert list(_recorded(redis)) == [str(user_id).encode()]


def test_an_unknown_ended_or_expired_token_records_no_user(redis: Redis) -> None:
    sessions = Sessions(redis)
    ended, expired = sessions.open(17, 60), sessions.open(18, 60)
    sessions.end(17, ended.hash)
    redis.command("PEXPIRE", f"session:{expired.hash}", 0)

    found = [sessions.find(token) for token in (ended.token, expired.token, "A" * 43)]

    assert found == [None] * 3
    assert redis.command("EXISTS", KEY) == 0


@pytest.mark.parametrize(
    "fault",
    [
        ("CONFIG", "SET", "maxmemory", 1),
        ("CONFIG", "SET", "min-replicas-to-write", 1),
        ("REPLICAOF", "127.0.0.1", 1),
        ("ACL", "SETUSER", "default", "-zadd"),
        ("SET", KEY, "something else"),
    ],
    ids=["memory is full", "replicas are missing", "read-only replica", "no permission", "key of another type"],
)
def test_a_token_is_valid_although_redis_refuses_to_record_its_user(
    private_redis: Redis, fault: tuple[Argument, ...]
) -> None:
    sessions = Sessions(private_redis)
    opened = sessions.open(17, 60)
    private_redis.command(*fault)

    caller = sessions.find(opened.token, [RequestLimit("session", 1, 60, opened.hash)])

    assert caller is not None
    assert (caller.user_id, caller.session) == (17, opened.hash)
    assert caller.limit_use is not None
    assert not caller.limit_use.exceeded
    assert sessions.find("A" * 43) is None
    assert private_redis.command("TYPE", KEY) != b"zset"


def test_users_count_as_active_for_15_minutes(redis: Redis) -> None:
    for user_id, seconds_ago in ((1, 0), (2, WINDOW_SECONDS), (3, WINDOW_SECONDS + 1), (4, 86_400)):
        redis.command("ZADD", KEY, _NOW - seconds_ago, user_id)

    assert Presence(redis, clock=lambda: float(_NOW)).active_users() == 2

    assert _recorded(redis).keys() == {b"1", b"2"}


def test_without_requests_no_user_is_active(redis: Redis) -> None:
    assert Presence(redis).active_users() == 0


def test_the_metric_counts_different_users_that_the_authorizer_admitted(
    redis: Redis, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions, authorizer = Sessions(redis), load_function("gateway/authorizer")
    tokens = [sessions.open(user_id, 60).token for user_id in (17, 17, 18)]
    for token in tokens:
        authorizer.handler(sample_event("gateway/authorizer") | {"authorizationToken": f"Bearer {token}"}, None)

    measured = load_function("schedules/measure_active_users").handler(
        sample_event("schedules/measure_active_users"), None
    )

    assert measured["active_users"] == 2
    assert [line["active_users"] for line in Output(capsys).metric("active_users")] == [[2.0]]
