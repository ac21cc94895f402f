"""Sessions: the contract of session stores, and what Redis keeps of a token."""

import pytest

from microshop.errors import Unauthenticated
from microshop.platform import settings
from microshop.platform.redis import Redis, Reply
from microshop.scopes import EVERYTHING
from microshop.users.access import PENDING, Access
from microshop.users.sessions import MAX_SESSIONS, Sessions, hash_token
from tests.support.fakes import FakeSessions
from tests.support.proxy import Proxy


@pytest.fixture(params=["redis", "fake"])
def sessions(request: pytest.FixtureRequest) -> Sessions | FakeSessions:
    if request.param == "fake":
        return FakeSessions()
    return Sessions(request.getfixturevalue("redis"))


def _keys(redis: Redis) -> list[bytes]:
    found = redis.command("KEYS", "*")
    assert isinstance(found, list)
    return sorted(key for key in found if isinstance(key, bytes))


def _dump(redis: Redis) -> bytes:
    return b"\n".join(key + b"=" + bytes(str(_value(redis, key)), "utf-8") for key in _keys(redis))


def _value(redis: Redis, key: bytes) -> Reply:
    if redis.command("TYPE", key) == b"zset" or key.startswith(b"sessions-of:"):
        return redis.command("ZRANGE", key, 0, -1, "WITHSCORES")
    return redis.command("GET", key)


def test_a_token_finds_its_owner(sessions: Sessions | FakeSessions) -> None:
    opened = sessions.open(17, 60, Access(EVERYTHING))

    caller = sessions.find(opened.token)

    assert caller is not None
    assert (caller.user_id, caller.scopes, caller.session) == (17, EVERYTHING, opened.hash)
    assert opened.expires_in_seconds == 60


def test_an_unknown_token_has_no_owner(sessions: Sessions | FakeSessions) -> None:
    sessions.open(17, 60)

    assert sessions.find("A" * 43) is None


def test_every_login_has_a_token_of_256_random_bits(sessions: Sessions | FakeSessions) -> None:
    tokens = {sessions.open(17, 60).token for _ in range(50)}

    assert len(tokens) == 50
    assert {len(token) for token in tokens} == {43}


def test_ending_a_session_leaves_the_others_valid(sessions: Sessions | FakeSessions) -> None:
    ended, other = sessions.open(17, 60), sessions.open(17, 60)

    sessions.end(17, ended.hash)

    assert sessions.find(ended.token) is None
    assert sessions.find(other.token) is not None


def test_replaced_session_ends_and_the_new_one_has_the_given_access(sessions: Sessions | FakeSessions) -> None:
    old, other = sessions.open(17, 60, Access(EVERYTHING, PENDING)), sessions.open(17, 60)

    new = sessions.replace(17, old.hash, Access(EVERYTHING))

    assert sessions.find(old.token) is None
    assert sessions.find(other.token) is not None
    found = sessions.find(new.token)
    assert found is not None
    assert (found.user_id, found.scopes, found.session) == (17, EVERYTHING, new.hash)
    assert sessions.count(17) == 2


def test_session_that_has_ended_is_not_replaced(sessions: Sessions | FakeSessions) -> None:
    old = sessions.open(17, 60)
    sessions.end_all(17)

    with pytest.raises(Unauthenticated):
        sessions.replace(17, old.hash, Access(EVERYTHING))

    assert sessions.count(17) == 0


def test_new_session_ends_when_the_replaced_one_would_have(redis: Redis) -> None:
    sessions = Sessions(redis)
    old = sessions.open(17, 1000)
    before = redis.command("ZSCORE", "sessions-of:17", old.hash)

    new = sessions.replace(17, old.hash, Access())

    assert redis.command("ZSCORE", "sessions-of:17", new.hash) == before
    ttl = redis.command("TTL", f"session:{new.hash}")
    assert isinstance(ttl, int)
    assert 0 < ttl <= new.expires_in_seconds <= 1000
    assert redis.command("TTL", "sessions-of:17") != -1


def test_repeated_replacement_has_no_further_effect(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(redis)
    old = sessions.open(17, 60)
    monkeypatch.setattr("microshop.users.sessions._new_token", lambda: "N" * 43)

    first = sessions.replace(17, old.hash, Access(EVERYTHING))
    again = sessions.replace(17, old.hash, Access(EVERYTHING))  # as after a lost connection

    assert again.hash == first.hash
    assert sessions.count(17) == 1


def test_ending_a_session_twice_is_not_an_error(sessions: Sessions | FakeSessions) -> None:
    opened = sessions.open(17, 60)

    sessions.end(17, opened.hash)
    sessions.end(17, opened.hash)

    assert sessions.find(opened.token) is None


def test_ending_all_sessions_of_a_user_leaves_those_of_others(sessions: Sessions | FakeSessions) -> None:
    mine = [sessions.open(17, 60) for _ in range(3)]
    other = sessions.open(1, 60)

    sessions.end_all(17)

    assert [sessions.find(opened.token) for opened in mine] == [None, None, None]
    assert sessions.find(other.token) is not None


def test_one_session_can_be_kept_when_all_others_end(sessions: Sessions | FakeSessions) -> None:
    kept, ended = sessions.open(17, 60), sessions.open(17, 60)

    sessions.end_all(17, keep=kept.hash)

    assert sessions.find(kept.token) is not None
    assert sessions.find(ended.token) is None


def test_a_kept_session_can_be_ended_later(sessions: Sessions | FakeSessions) -> None:
    kept = sessions.open(17, 60)

    sessions.end_all(17, keep=kept.hash)
    sessions.end_all(17)

    assert sessions.find(kept.token) is None


def test_ending_all_sessions_of_a_user_without_sessions_is_not_an_error(sessions: Sessions | FakeSessions) -> None:
    sessions.end_all(17)
    sessions.end_all(17, keep="x")


def test_opening_a_session_beyond_the_limit_ends_the_oldest(sessions: Sessions | FakeSessions) -> None:
    other = sessions.open(18, 60)
    opened = [sessions.open(17, 60 + number) for number in range(MAX_SESSIONS + 1)]

    assert [number for number, each in enumerate(opened) if sessions.find(each.token) is None] == [0]
    assert sessions.find(other.token)
    assert sessions.count(17) == MAX_SESSIONS


def test_redis_stores_the_hash_of_a_token_and_never_the_token(redis: Redis) -> None:
    opened = Sessions(redis).open(17, 60)

    content = _dump(redis)

    assert opened.token.encode() not in content
    assert hash_token(opened.token).encode() in content


def test_a_session_expires_after_its_lifetime(redis: Redis) -> None:
    opened = Sessions(redis).open(17, 60)

    remaining = redis.command("TTL", f"session:{opened.hash}")

    assert isinstance(remaining, int)
    assert 58 <= remaining <= 60


def test_using_a_session_does_not_prolong_it(redis: Redis) -> None:
    sessions = Sessions(redis)
    opened = sessions.open(17, 60)
    before = redis.command("PEXPIRETIME", f"session:{opened.hash}")

    sessions.find(opened.token)

    assert redis.command("PEXPIRETIME", f"session:{opened.hash}") == before


def test_an_expired_session_has_no_owner(redis: Redis) -> None:
    sessions = Sessions(redis)
    opened = sessions.open(17, 60)

    redis.command("PEXPIRE", f"session:{opened.hash}", 0)

    assert sessions.find(opened.token) is None


def test_finding_a_session_takes_one_round_trip(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = Redis(settings.redis_address(proxy.url))
        sessions = Sessions(redis)
        token = sessions.open(17, 60).token
        before = proxy.round_trips

        sessions.find(token)

        assert proxy.round_trips - before == 1
        redis.close()
