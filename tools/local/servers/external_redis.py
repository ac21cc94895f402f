"""Checks an external Redis: can the shop sign in, and may it send all its commands?"""

import secrets
from contextlib import closing

from microshop.errors import Unavailable
from microshop.platform.redis import Argument, Redis, RedisError
from microshop.platform.settings import ServerAddress, redis_address
from tools.local.servers.external_url import at, parse, unreachable
from tools.local.servers.problems import ServerProblem

_FORM = "redis://[user]:password@host:6379/0, or rediss:// for TLS"
_OLDEST = "Redis 7 or Valkey"
_CLUSTER = "{where} is a cluster, which the shop does not support: use a server with cluster mode off"
# By the first word of an error that concerns all commands.
_REFUSALS = {
    "NOAUTH": "{where} requires a password, but the URL has none: write redis://:password@{where}/0",
    "WRONGPASS": "{where} refuses {user}: correct user and password",
    "READONLY": "{where} is a replica, which refuses writes: use the URL of the primary",
    "MASTERDOWN": "{where} is a replica that has lost its primary: use the URL of the primary",
    "LOADING": "{where} is loading its data: try again later",
    "OOM": "{where} has no memory left: raise its maxmemory",
    "MISCONF": "{where} refuses writes because it cannot save its data: check its disk",
    "CLUSTERDOWN": _CLUSTER,
}
_NOT_REDIS = "the server at {where} is not Redis: correct host and port"
# By a part of an error that concerns one command.
_REFUSALS_OF_COMMANDS = {
    "NOPERM": "{user} of {where} may not run {command} on the shop's keys: give it the rights of RedisUser in"
    " infra/data.yaml",
    "MOVED ": _CLUSTER,
    "CROSSSLOT ": _CLUSTER,
    "cluster mode": _CLUSTER,
    "without any password": "{where} has no password, but the URL has one: remove it",
    "DB index": "{where} has no database number {number}: write a smaller number, such as /0",
    "wrong number of arguments": "{where} is too old: the shop needs {oldest}",
    "DENIED ": "{where} refuses other machines because it has no password: set one (requirepass)",
    "unknown command": "{where} does not know the command {command}: use {oldest}",
}


def check(variable: str, url: str) -> None:
    """Send each command of the shop to the Redis at the URL. It deletes the keys that it writes.

    Raises:
        ServerProblem: the shop cannot use this Redis.
    """
    address = parse(variable, url, redis_address, _FORM)
    if address.name and not address.name.isdecimal():
        raise ServerProblem(f"{variable} must end in the number of a database, such as /0: write it as {_FORM}.")
    with closing(Redis(address)) as redis:
        for command in commands(secrets.token_hex(8)):
            try:
                _sent(redis, command)
            except Unavailable as error:
                raise _unavailable(variable, address, error) from None
            except RedisError as error:
                raise ServerProblem(f"{variable}: {_refusal(address, str(command[0]), str(error))}.") from None


def commands(name: str) -> list[tuple[Argument, ...]]:
    """Returns commands that use each command and key pattern of the shop. The keys contain `name`."""
    session, index, renamed = f"session:{name}", f"sessions-of:{name}", f"sessions-of:{name}-renamed"
    info, devices = f"session-info:{name}", f"known-devices:{name}"
    product, attempts, wait = f"product:{name}", f"login-attempts:{name}", f"login-wait:{name}"
    take = "redis.call('SET', KEYS[1], '', 'PX', 1000) return redis.call('DEL', KEYS[1], KEYS[2])"
    return [
        ("PING",),
        ("GET", "read-only"),
        ("SET", session, "", "EX", 60),
        ("OBJECT", "IDLETIME", session),
        ("DEL", session),
        ("SET", info, "", "EX", 60),
        ("DEL", info),
        ("ZADD", devices, 1, "member"),
        ("ZREM", devices, "member"),
        ("INCR", attempts),
        ("EXPIRE", attempts, 60, "NX"),  # NX: since Redis 7
        ("DEL", attempts),
        ("PTTL", wait),
        ("DEL", f"mail-attempts:{name}", f"mail-wait:{name}"),
        ("DEL", f"limit:{name}"),
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
    # The timeout of the client is half a second, which is too short for the first response of a busy machine.
    try:
        redis.command(*command)
    except Unavailable as error:
        if not isinstance(error.__cause__, TimeoutError):
            raise
        redis.command(*command)


def _unavailable(variable: str, address: ServerAddress, error: Unavailable) -> ServerProblem:
    reply = str(error.__cause__ or str(error).partition(": ")[2])
    refusal = _REFUSALS.get(reply.partition(" ")[0].strip(","))
    if refusal is None and (problem := unreachable(variable, address, error.__cause__)):
        return problem
    return ServerProblem(f"{variable}: {_filled(refusal or _NOT_REDIS, address)}.")


def _refusal(address: ServerAddress, command: str, reply: str) -> str:
    found = (sentence for part, sentence in _REFUSALS_OF_COMMANDS.items() if part in reply)
    return _filled(next(found, "{where} refuses {command}: {reply}"), address, command, reply)


def _filled(sentence: str, address: ServerAddress, command: str = "", reply: str = "") -> str:
    user = f"the user `{address.user}`" if address.user else "the default user"
    return sentence.format(
        where=at(address), user=user, number=address.name, command=command, oldest=_OLDEST, reply=reply
    )
