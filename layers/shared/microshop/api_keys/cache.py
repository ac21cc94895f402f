"""API keys in Redis, where the authorizer finds them in one round trip. MySQL has the keys themselves.

`api-key:<hash>`   JSON of key id, owner and the scopes in effect; expires with the key
`api-key-uses`     sorted set of key ids by the Unix time of their last use
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, cast

from microshop import read_only
from microshop.api_keys.api_key import hash_key
from microshop.caller import Caller
from microshop.platform.request_counts import COUNT, arguments
from microshop.request_limits import limit_use
from microshop.scopes import scopes_in, scopes_text

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from datetime import datetime

    from microshop.platform.redis import Redis
    from microshop.request_limits import RequestLimit
    from microshop.scopes import Scope

_USES = "api-key-uses"
# KEYS: entry, uses, read-only switch. ARGV: Unix time in ms, the limits (platform/request_counts.py). Returns entry,
# switch and counts, and records the use.
# A full Redis or a replica refuses writes. pcall ignores that, so that keys still work.
_FIND = f"""{COUNT}
local entry = redis.call('GET', KEYS[1])
if not entry then return false end
local key = cjson.decode(entry)
redis.pcall('ZADD', KEYS[2], math.floor(ARGV[1] / 1000), string.format('%.0f', key.key_id))
local counts = count(2, tonumber(ARGV[1]), string.format('%.0f', key.user_id))
return {{entry, redis.call('GET', KEYS[3]), counts}}
"""


class ApiKeyCache:
    """Finds, writes and deletes the entries of keys.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def find(self, token: str, limits: Sequence[RequestLimit] = ()) -> Caller | None:
        """Returns the key as a caller, with the reason if the shop is read-only; None if the key is not valid.

        Counts the request against the limits; one without a subject counts the key's owner.
        """
        hashed = hash_key(token)
        keys = _key(hashed), _USES, read_only.KEY
        found = self._redis.command("EVAL", _FIND, 3, *keys, *arguments(limits))
        if not isinstance(found, list):
            return None
        value, switch, counted = found
        entry = json.loads(cast("bytes", value))
        return Caller(
            user_id=entry["user_id"],
            session=hashed,
            scopes=scopes_in(entry["scopes"]),
            key_id=entry["key_id"],
            read_only=read_only.reason_in(switch) if isinstance(switch, bytes) else None,
            limit_use=limit_use(limits, cast("list[int]", counted)) if limits else None,
        )

    def put(self, key_hash: str, *, key_id: int, user_id: int, scopes: Set[Scope], expires_at: datetime) -> None:
        """Let a key work with these scopes until it expires. Without scopes or time left, it stops working."""
        seconds = int(expires_at.timestamp() - time.time())
        if not scopes or seconds < 1:
            self.delete(key_hash)
            return
        value = json.dumps({"key_id": key_id, "user_id": user_id, "scopes": scopes_text(frozenset(scopes))})
        self._redis.command("SET", _key(key_hash), value, "EX", seconds)

    def delete(self, key_hash: str) -> None:
        """Stop a key from working."""
        self._redis.command("DEL", _key(key_hash))

    def last_uses(self) -> dict[int, int]:
        """Returns key id → Unix time of its last use, since the uses were last forgotten."""
        found = cast("list[bytes]", self._redis.command("ZRANGE", _USES, 0, -1, "WITHSCORES"))
        return {int(found[place]): int(float(found[place + 1])) for place in range(0, len(found), 2)}

    def forget_uses(self, until: int) -> None:
        """Forget uses up to a Unix time."""
        self._redis.command("ZREMRANGEBYSCORE", _USES, "-inf", until)


def _key(hashed: str) -> str:
    return f"api-key:{hashed}"
