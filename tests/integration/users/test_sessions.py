"""Sessions: what every store of them does, and what Redis is left with."""

import time
from contextlib import closing

import pytest

from microshop.caller import ADMIN, CUSTOMER
from microshop.platform import settings
from microshop.platform.redis import Argument, Redis, Reply
from microshop.users.sessions import MAX_SESSIONS, Sessions, hash_token
from tests.integration.conftest import ConnectRedis
from tests.support.fakes import FakeSessions
from tests.support.proxy import Proxy
from tests.support.threads import at_once


@pytest.fixture(params=["redis", "fake"])
def sessions(request: pytest.FixtureRequest) -> Sessions | FakeSessions:
    if request.param == "fake":
        return FakeSessions()
    return Sessions(request.getfixturevalue("redis"))


def _keys(redis: Redis) -> list[bytes]:
    found = redis.command("KEYS", "*")
    assert isinstance(found, list)
    return sorted(key for key in found if isinstance(key, bytes))


def _everything_in(redis: Redis) -> bytes:
    return b"\n".join(key + b"=" + bytes(str(_value(redis, key)), "utf-8") for key in _keys(redis))


def _value(redis: Redis, key: bytes) -> Reply:
    if redis.command("TYPE", key) == b"zset" or key.startswith(b"sessions-of:"):
        return redis.command("ZRANGE", key, 0, -1, "WITHSCORES")
    return redis.command("GET", key)


def _write_sessions(redis: Redis, user_id: int, count: int) -> tuple[str, str]:
    """Write sessions as the releases without a limit did; the tokens of the first and the last."""
    now = int(time.time())
    for start in range(0, count, 5_000):
        hashes = [hash_token(f"token {number}") for number in range(start, min(start + 5_000, count))]
        value = f'{{"user_id": {user_id}, "role": "customer"}}'
        scores = [each for number, hashed in enumerate(hashes, start) for each in (now + 60 + number // 100, hashed)]
        redis.pipeline(
            *(("SET", f"session:{hashed}", value, "EX", 600) for hashed in hashes),
            ("ZADD", f"sessions-of:{user_id}", *scores),
            ("EXPIRE", f"sessions-of:{user_id}", 600),
        )
    return "token 0", f"token {count - 1}"


def test_a_token_finds_its_owner(sessions: Sessions | FakeSessions) -> None:
    opened = sessions.open(17, ADMIN, 60)

    caller = sessions.find(opened.token)

    assert caller is not None
    assert (caller.user_id, caller.role, caller.session) == (17, ADMIN, opened.hash)
    assert opened.expires_in_seconds == 60


def test_a_token_nobody_was_given_finds_nobody(sessions: Sessions | FakeSessions) -> None:
    sessions.open(17, CUSTOMER, 60)

    assert sessions.find("A" * 43) is None


def test_every_login_has_a_token_of_256_random_bits(sessions: Sessions | FakeSessions) -> None:
    tokens = {sessions.open(17, CUSTOMER, 60).token for _ in range(50)}

    assert len(tokens) == 50
    assert {len(token) for token in tokens} == {43}


def test_an_ended_session_stops_working_and_the_others_go_on(sessions: Sessions | FakeSessions) -> None:
    ended, other = sessions.open(17, CUSTOMER, 60), sessions.open(17, CUSTOMER, 60)

    sessions.end(17, ended.hash)

    assert sessions.find(ended.token) is None
    assert sessions.find(other.token) is not None


def test_ending_a_session_twice_is_no_error(sessions: Sessions | FakeSessions) -> None:
    opened = sessions.open(17, CUSTOMER, 60)

    sessions.end(17, opened.hash)
    sessions.end(17, opened.hash)

    assert sessions.find(opened.token) is None


def test_all_sessions_of_one_user_end_and_nobody_elses(sessions: Sessions | FakeSessions) -> None:
    mine = [sessions.open(17, CUSTOMER, 60) for _ in range(3)]
    strangers = sessions.open(1, CUSTOMER, 60)

    sessions.end_all(17)

    assert [sessions.find(opened.token) for opened in mine] == [None, None, None]
    assert sessions.find(strangers.token) is not None


def test_one_session_can_be_kept_when_the_others_end(sessions: Sessions | FakeSessions) -> None:
    kept, ended = sessions.open(17, CUSTOMER, 60), sessions.open(17, CUSTOMER, 60)

    sessions.end_all(17, keep=kept.hash)

    assert sessions.find(kept.token) is not None
    assert sessions.find(ended.token) is None


def test_a_kept_session_can_be_ended_later_with_all_others(sessions: Sessions | FakeSessions) -> None:
    kept = sessions.open(17, CUSTOMER, 60)

    sessions.end_all(17, keep=kept.hash)
    sessions.end_all(17)

    assert sessions.find(kept.token) is None


def test_ending_the_sessions_of_a_user_who_has_none_is_no_error(sessions: Sessions | FakeSessions) -> None:
    sessions.end_all(17)
    sessions.end_all(17, keep="x")


def test_the_oldest_session_ends_when_one_too_many_is_opened(sessions: Sessions | FakeSessions) -> None:
    strangers = sessions.open(18, CUSTOMER, 60)
    opened = [sessions.open(17, CUSTOMER, 60 + number) for number in range(MAX_SESSIONS + 1)]

    assert [number for number, each in enumerate(opened) if sessions.find(each.token) is None] == [0]
    assert sessions.find(strangers.token)
    assert sessions.count(17) == MAX_SESSIONS


def test_the_newest_session_stays_even_if_it_expires_first(redis: Redis) -> None:
    sessions = Sessions(redis)
    for _ in range(MAX_SESSIONS):
        sessions.open(17, CUSTOMER, 600)

    newest = sessions.open(17, CUSTOMER, 60)

    assert sessions.find(newest.token)


def test_logins_at_once_leave_no_more_sessions_than_allowed(redis: Redis, connect_redis: ConnectRedis) -> None:
    for _ in range(MAX_SESSIONS - 1):
        Sessions(redis).open(17, CUSTOMER, 60)
    stores = [Sessions(connect_redis()) for _ in range(4)]

    at_once(4, lambda number: stores[number].open(17, CUSTOMER, 600))

    assert Sessions(redis).count(17) == len(_keys(redis)) - 1 == MAX_SESSIONS


def test_all_sessions_of_a_huge_set_end_in_one_round_trip(redis: Redis, redis_url: str) -> None:
    first, last = _write_sessions(redis, 17, 25_000)
    with Proxy(redis_url) as proxy, closing(Redis(settings.redis_address(proxy.url))) as watched:
        sessions = Sessions(watched)
        mine = sessions.open(17, CUSTOMER, 600)
        before = proxy.round_trips

        ended = sessions.end_all(17, keep=mine.hash)

        assert proxy.round_trips - before == 1
        # The new session made room: as many as one step deletes.
        assert ended.count == 24_000
        assert [sessions.find(token) for token in (first, last)] == [None, None]
        assert sessions.find(mine.token)


def test_the_rest_of_a_huge_set_is_deleted_in_batches(redis: Redis) -> None:
    _write_sessions(redis, 17, 25_000)
    sessions = Sessions(redis)

    sessions.delete_ended(sessions.end_all(17))

    assert redis.command("DBSIZE") == 0


def test_the_purge_deletes_ended_sessions_after_redis_was_away(redis: Redis) -> None:
    _write_sessions(redis, 17, 2_500)
    sessions = Sessions(redis)
    sessions.end_all(17)

    assert sum(sessions.delete_expired()) == 2_500

    assert redis.command("DBSIZE") == 0


def test_an_error_while_ended_sessions_are_deleted_fails_no_request(redis_url: str) -> None:
    with Proxy(redis_url) as proxy, closing(Redis(settings.redis_address(proxy.url))) as away:
        sessions = Sessions(away)
        sessions.open(17, CUSTOMER, 60)
        ended = sessions.end_all(17)
        proxy.fall_silent()

        sessions.delete_ended(ended)


def test_a_repeated_command_that_ends_sessions_loses_none(redis: Redis) -> None:
    sessions = Sessions(redis)
    kept, other = sessions.open(17, CUSTOMER, 60), sessions.open(17, CUSTOMER, 60)
    send, sent = redis.command, []

    def twice(*arguments: Argument) -> Reply:
        sent.append(send(*arguments))
        return send(*arguments)

    redis.command = twice  # type: ignore[method-assign]
    ended = sessions.end_all(17, keep=kept.hash)
    del redis.command

    assert (sent, ended.count) == ([1], 1)
    assert sessions.find(kept.token)
    assert redis.command("ZRANGE", ended.key, 0, -1) == [other.hash.encode()]


def test_redis_holds_the_tokens_hash_and_the_token_nowhere(redis: Redis) -> None:
    opened = Sessions(redis).open(17, CUSTOMER, 60)

    everything = _everything_in(redis)

    assert opened.token.encode() not in everything
    assert hash_token(opened.token).encode() in everything


def test_a_session_expires_when_it_was_said_to(redis: Redis) -> None:
    opened = Sessions(redis).open(17, CUSTOMER, 60)

    remaining = redis.command("TTL", f"session:{opened.hash}")

    assert isinstance(remaining, int)
    assert 58 <= remaining <= 60


def test_using_a_session_does_not_prolong_it(redis: Redis) -> None:
    sessions = Sessions(redis)
    opened = sessions.open(17, CUSTOMER, 60)
    before = redis.command("PEXPIRETIME", f"session:{opened.hash}")

    sessions.find(opened.token)

    assert redis.command("PEXPIRETIME", f"session:{opened.hash}") == before


def test_an_expired_session_finds_nobody(redis: Redis) -> None:
    sessions = Sessions(redis)
    opened = sessions.open(17, CUSTOMER, 60)

    redis.command("PEXPIRE", f"session:{opened.hash}", 0)

    assert sessions.find(opened.token) is None


def test_the_index_forgets_sessions_that_have_ended(redis: Redis) -> None:
    sessions = Sessions(redis)
    kept, ended = sessions.open(17, CUSTOMER, 60), sessions.open(17, CUSTOMER, 60)

    sessions.end(17, ended.hash)

    assert redis.command("ZRANGE", "sessions-of:17", 0, -1) == [kept.hash.encode()]


def test_the_index_forgets_sessions_that_have_expired_at_the_next_login(redis: Redis) -> None:
    sessions = Sessions(redis)
    redis.command("ZADD", "sessions-of:17", 1, "long-gone")

    opened = sessions.open(17, CUSTOMER, 60)

    assert redis.command("ZRANGE", "sessions-of:17", 0, -1) == [opened.hash.encode()]


def test_the_index_is_gone_with_its_last_session(redis: Redis) -> None:
    sessions = Sessions(redis)
    opened = sessions.open(17, CUSTOMER, 60)

    sessions.end(17, opened.hash)

    assert _keys(redis) == []


def test_the_index_lasts_as_long_as_its_longest_session(redis: Redis) -> None:
    sessions = Sessions(redis)
    longest = sessions.open(17, CUSTOMER, 600)
    sessions.open(17, CUSTOMER, 60)

    remaining = redis.command("TTL", "sessions-of:17")

    assert isinstance(remaining, int)
    assert remaining > 590, f"{longest.hash} could not be ended with the others after that"


def test_finding_a_session_takes_one_round_trip(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = Redis(settings.redis_address(proxy.url))
        sessions = Sessions(redis)
        token = sessions.open(17, CUSTOMER, 60).token
        before = proxy.round_trips

        sessions.find(token)

        assert proxy.round_trips - before == 1
        redis.close()
