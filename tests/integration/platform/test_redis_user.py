"""The account that the shop has at Redis when deployed: all that the shop does goes, and nothing else does."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from microshop.caller import CUSTOMER
from microshop.errors import TooManyAttempts, Unavailable
from microshop.platform import settings
from microshop.platform.redis import Argument, Redis, RedisError
from microshop.products.cache import ProductCache
from microshop.products.product import RenderedProduct
from microshop.read_only import Switch
from microshop.users.login_attempts import LoginAttempts
from microshop.users.presence import Presence
from microshop.users.sessions import Sessions
from tests.support.nested_stacks import NestedStack
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

_ACCOUNT = "ada@example.com"
# Its functions serve beside the new ones while a deployment moves the traffic.
_OF_THE_PREVIOUS_RELEASE = ("multi", "exec")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server of this module's own, with the users of infra/data.yaml."""
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
    """A connection of the shop's to the empty server."""
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


def test_a_user_logs_in_is_found_and_logs_out(shop: Redis) -> None:
    sessions = Sessions(shop)
    first, second, third = (sessions.open(17, CUSTOMER, 60) for _ in range(3))

    sessions.end(17, first.hash)
    sessions.end_all(17, keep=third.hash)

    assert [caller and caller.user_id for caller in map(sessions.find, (first.token, second.token, third.token))] == [
        None,
        None,
        17,
    ]
    assert Presence(shop).active_users() == 1


def test_what_is_over_is_forgotten(shop: Redis) -> None:
    sessions = Sessions(shop)
    sessions.open(17, CUSTOMER, 60)
    shop.command("ZADD", "sessions-of:17", 1, "long over")

    assert sum(sessions.delete_expired()) == 1


def test_a_product_is_cached_and_forgotten(shop: Redis) -> None:
    cache = ProductCache(shop)
    product = RenderedProduct('"1"', "{}")

    sources = [answer and answer.source for answer in (cache.get(1, lambda: product) for _ in range(2))]
    cache.invalidate(1)
    again = cache.get(1, lambda: None)

    assert sources == ["miss", "hit"]
    assert again is None


def test_a_reader_that_fails_gives_its_lease_back(shop: Redis) -> None:
    def broken() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        ProductCache(shop).get(1, broken)

    assert shop.command("GET", "product:{1}:lease") is None


def test_guesses_are_slowed_down(shop: Redis) -> None:
    attempts = LoginAttempts(shop)

    for _ in range(5):
        attempts.count(_ACCOUNT)
    with pytest.raises(TooManyAttempts):
        attempts.count(_ACCOUNT)
    attempts.clear(_ACCOUNT)

    attempts.count(_ACCOUNT)


def test_an_operator_makes_the_shop_read_only_and_the_authorizer_knows(shop: Redis) -> None:
    sessions, switch = Sessions(shop), Switch(shop)
    token = sessions.open(17, CUSTOMER, 60).token

    switch.turn_on("stocktaking", "ada")
    caller = sessions.find(token)
    ended = switch.turn_off()

    assert caller is not None
    assert caller.read_only == "stocktaking"
    assert (ended, switch.state()) == (True, None)


def test_health_can_ask(shop: Redis) -> None:
    assert shop.command("PING") == b"PONG"


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
def test_what_the_shop_does_not_need_is_refused(shop: Redis, command: tuple[Argument, ...]) -> None:
    with pytest.raises(RedisError, match=r"NOPERM|ACL"):
        shop.command(*command)


def test_who_gives_no_name_is_let_in_nowhere(server: str) -> None:
    with closing(_connection(server, user="NobodyUser")) as nobody, pytest.raises(Unavailable, match="WRONGPASS"):
        nobody.command("PING")


def test_the_shop_can_do_nothing_that_it_does_not_do() -> None:
    sent = {
        word.lower()
        for file in sorted((Path(__file__).parents[3] / "layers/shared/microshop").rglob("*.py"))
        if "Redis" in (text := file.read_text(encoding="utf-8")) or "redis" in text
        for word in _words(text)
    } | {"ping", *_OF_THE_PREVIOUS_RELEASE}

    assert {rule.removeprefix("+") for rule in _rules_of("RedisUser") if rule.startswith("+")} <= sent


def _words(text: str) -> set[str]:
    return set(text.replace("'", '"').split('"'))
