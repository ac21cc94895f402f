"""Checks a given Redis: can the shop sign in, and may it send every command that it sends?"""

import secrets
from contextlib import closing

from microshop.errors import Unavailable
from microshop.platform.redis import Argument, Redis, RedisError
from microshop.platform.settings import ServerAddress, redis_address
from tools.local.servers.given_url import at, parse, unreachable
from tools.local.servers.problems import ServerProblem

_FORM = "redis://[user]:password@host:6379/0, or rediss:// for TLS"
_OLDEST = "Redis 7 or Valkey"
_CLUSTER = "{where} is a cluster, which the shop does not support: give a server with cluster mode off"
# The first word of a refusal to serve at all.
_REFUSALS = {
    "NOAUTH": "{where} asks for a password, and the URL has none: write redis://:password@{where}/0",
    "WRONGPASS": "{where} refuses {user}: correct user and password",
    "READONLY": "{where} is a replica, which takes no writes: give the URL of the primary",
    "MASTERDOWN": "{where} is a replica without its primary: give the URL of the primary",
    "LOADING": "{where} still loads its data: try again in a moment",
    "OOM": "{where} has no memory left: raise its maxmemory",
    "MISCONF": "{where} takes no writes because it cannot save its data: look at its disk",
    "CLUSTERDOWN": _CLUSTER,
}
_NOT_REDIS = "what listens at {where} does not speak Redis: correct host and port"
# A part of the refusal of one command.
_REFUSALS_OF_COMMANDS = {
    "NOPERM": "{user} of {where} may not run {command} on the shop's keys: give it the rights of RedisUser in"
    " infra/data.yaml",
    "MOVED ": _CLUSTER,
    "CROSSSLOT ": _CLUSTER,
    "cluster mode": _CLUSTER,
    "without any password": "{where} has no password, and the URL has one: leave it out",
    "DB index": "{where} has no database number {number}: write a smaller one, such as /0",
    "wrong number of arguments": "{where} is too old: the shop needs {oldest}",
    "DENIED ": "{where} lets nobody in from this machine while it has no password: set one (requirepass)",
    "unknown command": "{where} does not know {command}: give a server that has it, {oldest}",
}


def check(variable: str, url: str) -> None:
    """Send each command of the shop to the Redis at the URL, on keys that are gone afterwards.

    Raises:
        ServerProblem: the shop cannot use it.
    """
    address = parse(variable, url, redis_address, _FORM)
    if address.name and not address.name.isdecimal():
        raise ServerProblem(f"{variable} must end in the number of a database, such as /0: its form is {_FORM}.")
    with closing(Redis(address)) as redis:
        for command in commands(secrets.token_hex(8)):
            try:
                _sent(redis, command)
            except Unavailable as error:
                raise _unavailable(variable, address, error) from None
            except RedisError as error:
                raise ServerProblem(f"{variable}: {_refusal(address, str(command[0]), str(error))}.") from None


def commands(name: str) -> list[tuple[Argument, ...]]:
    """Returns commands that use each command and key pattern of the shop, once; the keys contain `name`."""
    session, index, renamed = f"session:{name}", f"sessions-of:{name}", f"sessions-of:{name}-renamed"
    product, attempts, wait = f"product:{name}", f"login-attempts:{name}", f"login-wait:{name}"
    take = "redis.call('SET', KEYS[1], '', 'PX', 1000) return redis.call('DEL', KEYS[1], KEYS[2])"
    return [
        ("PING",),
        ("GET", "read-only"),
        ("SET", session, "", "EX", 60),
        ("DEL", session),
        ("INCR", attempts),
        ("EXPIRE", attempts, 60, "NX"),  # NX: since Redis 7
        ("DEL", attempts),
        ("PTTL", wait),
        ("ZADD", index, 1, "member"),
        ("EXPIRE", index, 60),
        ("ZSCORE", index, "member"),
        ("ZRANGE", index, 0, 0),
        ("RENAME", index, renamed),
        ("ZREM", renamed, "member"),
        ("ZREMRANGEBYSCORE", "presence", "-inf", "(0"),
        ("ZCARD", "presence"),
        ("SCAN", 0, "COUNT", 1),
        ("EVAL", take, 2, product, session),  # two slots: refused by a cluster
    ]


def _sent(redis: Redis, command: tuple[Argument, ...]) -> None:
    # The client waits for half a second, which a busy machine may need for a first answer.
    try:
        redis.command(*command)
    except Unavailable as error:
        if not isinstance(error.__cause__, TimeoutError):
            raise
        redis.command(*command)


def _unavailable(variable: str, address: ServerAddress, error: Unavailable) -> ServerProblem:
    said = str(error.__cause__ or str(error).partition(": ")[2])
    refusal = _REFUSALS.get(said.partition(" ")[0].strip(","))
    if refusal is None and (problem := unreachable(variable, address, error.__cause__)):
        return problem
    return ServerProblem(f"{variable}: {_said(refusal or _NOT_REDIS, address)}.")


def _refusal(address: ServerAddress, command: str, said: str) -> str:
    found = (sentence for part, sentence in _REFUSALS_OF_COMMANDS.items() if part in said)
    return _said(next(found, "{where} refuses {command}: {said}"), address, command, said)


def _said(sentence: str, address: ServerAddress, command: str = "", said: str = "") -> str:
    user = f"the user `{address.user}`" if address.user else "the default user"
    return sentence.format(
        where=at(address), user=user, number=address.name, command=command, oldest=_OLDEST, said=said
    )
