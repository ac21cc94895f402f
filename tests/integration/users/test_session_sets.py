"""The set in Redis that contains a user's sessions: its limit, its expiry, and the end of all sessions."""

import time
from contextlib import closing

from microshop.platform import settings
from microshop.platform.redis import Argument, Redis, Reply
from microshop.users.sessions import MAX_SESSIONS, Sessions, hash_token
from tests.integration.conftest import ConnectRedis
from tests.support.proxy import Proxy
from tests.support.threads import at_once


def _write_sessions(redis: Redis, user_id: int, count: int) -> tuple[str, str]:
    """Write more sessions than a user may have now. Returns the tokens of the first and the last."""
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


def test_a_new_session_is_kept_at_the_limit_even_if_it_expires_first(redis: Redis) -> None:
    sessions = Sessions(redis)
    for _ in range(MAX_SESSIONS):
        sessions.open(17, 600)

    newest = sessions.open(17, 60)

    assert sessions.find(newest.token)


def test_concurrent_logins_stay_within_the_limit_of_sessions(redis: Redis, connect_redis: ConnectRedis) -> None:
    for _ in range(MAX_SESSIONS - 1):
        Sessions(redis).open(17, 60)
    stores = [Sessions(connect_redis()) for _ in range(4)]

    at_once(4, lambda number: stores[number].open(17, 600))

    assert Sessions(redis).count(17) == MAX_SESSIONS
    assert redis.command("DBSIZE") == MAX_SESSIONS + 1


def test_ending_25000_sessions_takes_one_round_trip(redis: Redis, redis_url: str) -> None:
    first, last = _write_sessions(redis, 17, 25_000)
    with Proxy(redis_url) as proxy, closing(Redis(settings.redis_address(proxy.url))) as watched:
        sessions = Sessions(watched)
        mine = sessions.open(17, 600)
        before = proxy.round_trips

        ended = sessions.end_all(17, keep=mine.hash)

        assert proxy.round_trips - before == 1
        # Opening the new session deleted one batch of the oldest.
        assert ended.count == 24_000
        assert [sessions.find(token) for token in (first, last)] == [None, None]
        assert sessions.find(mine.token)


def test_ended_sessions_are_deleted_in_batches(redis: Redis) -> None:
    _write_sessions(redis, 17, 25_000)
    sessions = Sessions(redis)

    sessions.delete_ended(sessions.end_all(17))

    assert redis.command("DBSIZE") == 0


def test_the_purge_deletes_ended_sessions_that_were_left(redis: Redis) -> None:
    _write_sessions(redis, 17, 2_500)
    sessions = Sessions(redis)
    sessions.end_all(17)

    assert sum(sessions.delete_expired()) == 2_500
    assert redis.command("DBSIZE") == 0


def test_an_unreachable_redis_does_not_fail_the_deletion(redis_url: str) -> None:
    with Proxy(redis_url) as proxy, closing(Redis(settings.redis_address(proxy.url))) as unreachable:
        sessions = Sessions(unreachable)
        sessions.open(17, 60)
        ended = sessions.end_all(17)
        proxy.stop_answering()

        sessions.delete_ended(ended)


def test_a_repeated_end_all_command_loses_no_session(redis: Redis) -> None:
    sessions = Sessions(redis)
    kept, other = sessions.open(17, 60), sessions.open(17, 60)
    send, sent = redis.command, []

    def send_twice(*arguments: Argument) -> Reply:
        sent.append(send(*arguments))
        return send(*arguments)

    redis.command = send_twice  # type: ignore[method-assign]
    ended = sessions.end_all(17, keep=kept.hash)
    del redis.command

    assert (sent, ended.count) == ([1], 1)
    assert sessions.find(kept.token)
    assert redis.command("ZRANGE", ended.key, 0, -1) == [other.hash.encode()]


def test_ending_a_session_removes_it_from_the_set_of_its_user(redis: Redis) -> None:
    sessions = Sessions(redis)
    kept, ended = sessions.open(17, 60), sessions.open(17, 60)

    sessions.end(17, ended.hash)

    assert redis.command("ZRANGE", "sessions-of:17", 0, -1) == [kept.hash.encode()]


def test_a_login_removes_expired_sessions_from_the_set(redis: Redis) -> None:
    sessions = Sessions(redis)
    redis.command("ZADD", "sessions-of:17", 1, "long-gone")

    opened = sessions.open(17, 60)

    assert redis.command("ZRANGE", "sessions-of:17", 0, -1) == [opened.hash.encode()]


def test_ending_the_last_session_deletes_the_set(redis: Redis) -> None:
    sessions = Sessions(redis)
    opened = sessions.open(17, 60)

    sessions.end(17, opened.hash)

    assert redis.command("DBSIZE") == 0


def test_the_set_lives_as_long_as_its_longest_session(redis: Redis) -> None:
    sessions = Sessions(redis)
    sessions.open(17, 600)
    sessions.open(17, 60)

    remaining = redis.command("TTL", "sessions-of:17")

    assert isinstance(remaining, int)
    assert remaining > 590
