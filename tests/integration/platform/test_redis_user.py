"""The Redis user of the deployed shop: it can do what the shop needs, and nothing else."""

import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from microshop.errors import TooManyAttempts, Unavailable
from microshop.mail_links.link import Purpose
from microshop.platform import settings
from microshop.platform.redis import Argument, Redis, RedisError
from microshop.platform.request_counts import count
from microshop.products.cache import ProductCache
from microshop.products.product import RenderedResponse
from microshop.read_only import ReadOnlySwitch
from microshop.request_limits import RequestLimit
from microshop.users.device_repository import Devices
from microshop.users.login_attempts import LoginAttempts
from microshop.users.mail_attempts import MailAttempts
from microshop.users.presence import Presence
from microshop.users.sessions import Sessions
from tests.support.nested_stacks import NestedStack
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

_ACCOUNT = "ada@example.com"
# Functions of the previous release still run while a deployment moves the traffic.
_OF_THE_PREVIOUS_RELEASE = {"multi", "exec"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that only this module uses, with the users of infra/data.yaml."""
    folder = tmp_path_factory.mktemp("redis")
    running, processes = RedisServer(folder, durable=False), Processes(folder / "run")
    child = processes.start(running.prepare())
    try:
        child.wait_until(running.is_ready, 60)
        with closing(_connection(running.url)) as operator:
            for user in ("RedisUser", "NobodyUser"):
                rules = _rules_of(user)
                operator.command("ACL", "SETUSER", user, "reset", ">secret", *rules)
        yield running.url
    finally:
        processes.stop(child)


@pytest.fixture
def shop(server: str) -> Iterator[Redis]:
    """A connection of the shop to the empty server."""
    with closing(_connection(server)) as operator:
        operator.command("FLUSHALL")
    with closing(_connection(server, user="RedisUser")) as connection:
        yield connection


def _rules_of(user: str) -> list[str]:
    return str(NestedStack("data")[user]["AccessString"]).split()


def _connection(url: str, *, user: str = "") -> Redis:
    address = urlsplit(url)
    if user:
        url = address._replace(netloc=f"{user}:secret@{address.hostname}:{address.port}", path="/0").geturl()
    return Redis(settings.redis_address(url))


def test_sessions_are_opened_found_and_ended(shop: Redis) -> None:
    sessions = Sessions(shop)
    first, second, third = (sessions.open(17, 60) for _ in range(3))

    sessions.end(17, first.hash)
    sessions.end_all(17, keep=third.hash)

    assert [caller and caller.user_id for caller in map(sessions.find, (first.token, second.token, third.token))] == [
        None,
        None,
        17,
    ]
    assert Presence(shop).active_users() == 1


def test_devices_are_recorded_and_listed(shop: Redis) -> None:
    session = Sessions(shop).open(17, 60)

    assert not Devices(shop).record(17, session.hash, "Firefox on Linux", 60)
    Devices(shop).remember(17, "Firefox on Linux")

    assert [found.device for found in Devices(shop).sessions(17)] == ["Firefox on Linux"]
    assert Devices(shop).record(17, session.hash, "curl", 60)


def test_expired_and_ended_sessions_are_deleted(shop: Redis) -> None:
    sessions = Sessions(shop)
    for user_id in (17, 17, 18):
        sessions.open(user_id, 60)
    sessions.end_all(17)
    shop.command("ZADD", "sessions-of:18", 1, "expired")

    assert sum(sessions.delete_expired()) == 3


def test_a_product_is_cached_and_invalidated(shop: Redis) -> None:
    cache = ProductCache(shop)
    product = RenderedResponse('"1"', "{}")

    sources = [answer and answer.source for answer in (cache.get(1, lambda: product) for _ in range(2))]
    cache.invalidate(1)
    again = cache.get(1, lambda: None)

    assert sources == ["miss", "hit"]
    assert again is None


def test_a_failed_load_releases_its_lease(shop: Redis) -> None:
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        ProductCache(shop).get(1, fail)

    assert shop.command("GET", "product:{1}:lease") is None


def test_login_attempts_are_slowed_down(shop: Redis) -> None:
    attempts = LoginAttempts(shop, "192.0.2.1")

    for _ in range(5):
        attempts.count(_ACCOUNT)
    with pytest.raises(TooManyAttempts):
        attempts.count(_ACCOUNT)
    attempts.clear(_ACCOUNT)

    attempts.count(_ACCOUNT)


def test_mails_to_an_address_are_limited(shop: Redis) -> None:
    attempts = MailAttempts(shop)

    assert [attempts.allows(Purpose.RESET_PASSWORD, _ACCOUNT) for _ in range(2)] == [True, False]


def test_requests_are_counted(shop: Redis) -> None:
    limit = RequestLimit("session", 1, 60, "hash")

    assert [count([limit], shop).exceeded for _ in range(2)] == ["", "session"]


def test_the_shop_is_made_read_only_and_writable_again(shop: Redis) -> None:
    sessions, switch = Sessions(shop), ReadOnlySwitch(shop)
    token = sessions.open(17, 60).token

    switch.turn_on("stocktaking", "ada")
    caller = sessions.find(token)
    ended = switch.turn_off()

    assert caller is not None
    assert caller.read_only == "stocktaking"
    assert (ended, switch.state()) == (True, None)


def test_the_health_check_can_ping(shop: Redis) -> None:
    assert shop.command("PING") == b"PONG"


def test_a_user_of_an_earlier_release_serves_sessions_without_limits(server: str, shop: Redis) -> None:
    opened = Sessions(shop).open(17, 60)
    with closing(_connection(server)) as operator:
        rules = [rule for rule in _rules_of("RedisUser") if rule != "~limit:*"]
        operator.command("ACL", "SETUSER", "earlier", "reset", ">secret", *rules)

    with closing(_connection(server, user="earlier")) as connection:
        limit = RequestLimit("session", 1, 60, opened.hash)
        callers = [Sessions(connection).find(opened.token, [limit]) for _ in range(2)]

    assert [caller and caller.limit_use and caller.limit_use.exceeded for caller in callers] == ["", ""]


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("CONFIG", "GET", "*"),
        ("KEYS", "*"),
        ("ACL", "LIST"),
        ("SHUTDOWN",),
        ("REPLICAOF", "NO", "ONE"),
        ("CLIENT", "LIST"),
        ("MONITOR",),
        ("SCRIPT", "FLUSH"),
        ("DUMP", "presence"),
        ("RENAME", "presence", "of-another-application"),
        ("EVAL", "return redis.call('FLUSHALL')", 0),
        ("GET", "of-another-application"),
        ("SET", "of-another-application", "1"),
        ("EVAL", "return redis.call('GET', 'of-another-application')", 0),
    ],
    ids=lambda command: " ".join(map(str, command)),
)
def test_a_command_that_the_shop_does_not_use_is_refused(shop: Redis, command: tuple[Argument, ...]) -> None:
    with pytest.raises(RedisError, match=r"NOPERM|ACL"):
        shop.command(*command)


def test_a_client_without_a_user_name_is_refused(server: str) -> None:
    with closing(_connection(server, user="NobodyUser")) as connection, pytest.raises(Unavailable, match="WRONGPASS"):
        connection.command("PING")


def test_the_shop_has_no_permission_that_it_does_not_use(server: str, shop: Redis) -> None:
    with closing(_connection(server)) as operator:
        operator.command("CONFIG", "RESETSTAT")
        for use in (
            test_sessions_are_opened_found_and_ended,
            test_devices_are_recorded_and_listed,
            test_expired_and_ended_sessions_are_deleted,
            test_a_product_is_cached_and_invalidated,
            test_a_failed_load_releases_its_lease,
            test_login_attempts_are_slowed_down,
            test_mails_to_an_address_are_limited,
            test_requests_are_counted,
            test_the_shop_is_made_read_only_and_writable_again,
            test_the_health_check_can_ping,
        ):
            operator.command("FLUSHALL")
            use(shop)
        statistics = operator.command("INFO", "commandstats")

    assert isinstance(statistics, bytes)
    used = set(re.findall(r"cmdstat_([\w|]+):", statistics.decode()))
    granted = {rule.removeprefix("+") for rule in _rules_of("RedisUser") if rule.startswith("+")}
    assert granted - used == _OF_THE_PREVIOUS_RELEASE
