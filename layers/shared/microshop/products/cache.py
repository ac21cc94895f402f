"""The cache of the catalogue in Redis. It holds rendered responses. One reader fills an entry, never with old data.

A reader with a cache miss takes a lease. Only the holder of the current lease may fill the entry. A writer deletes
entry and lease together after its commit, so a fill that read the row before the commit is refused. Readers without the
lease wait up to 0.3 s for the fill, then read the row themselves (the leases of Facebook's memcache, NSDI 2013, 3.2.1).

`product:{<id>}`        `<etag>\\n<body>`, or an empty string if there is no such product
`product:{<id>}:lease`  a random token of the holder
`product:{categories}`  the list of categories, with its lease

`product:{listing:<id>:<language>}`, `product:{slug:<slug>}`, `product:{facets:<digest>}`, each with its lease:
`listings/cache.py`.

`product:{category-tree:<language>}`, `product:{category:<language>:<slug>}`: `categories/cache.py`.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.platform.redis import redis
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.platform.redis import Redis
    from microshop.products.product import RenderedResponse

_LIFETIME_SECONDS = 24 * 3600
# Entries filled together should not expire together.
_LIFETIME_SPREAD_SECONDS = 3600
_MISSING_LIFETIME_SECONDS = 30
# The numbers of categories change when products are put on sale, archived or moved, which deletes the entry.
CATEGORIES = "categories"
# Kind of subject → lifetime. That of all others is a day.
_LIFETIMES = {CATEGORIES: 60, "facets": 60, "category": 60, "category-tree": 60}
_LEASE_MILLISECONDS = 3000
_WAITS = 12
_WAIT_SECONDS = 0.025
# After a failure, this environment does not use Redis for this long, so that not every request waits for a timeout.
_RETRY_AFTER_SECONDS = 1.0

# KEYS: lease, entry. ARGV: holder, milliseconds. Returns the entry if it was filled since the reader missed it, else 1
# if the reader takes the lease and 0 if another reader holds it.
_TAKE_LEASE = """
local entry = redis.call('GET', KEYS[2])
if entry then return entry end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0
"""
# KEYS: lease, entry. ARGV: holder, body, seconds.
_FILL = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('DEL', KEYS[1])
return 1
"""


class CachedResponse(Value):
    """A rendered response, its source, and whether Redis was unavailable."""

    etag: str
    body: str
    source: str
    redis_unavailable: bool = False


# The id of a product, CATEGORIES, or a kind and what identifies the subject, such as `listing:17:en`.
type Subject = int | str
type Load = Callable[[], RenderedResponse | None]


class ProductCache:
    """A cache-aside cache. While Redis is unavailable, all reads go to the database."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._retry_at = 0.0

    def get(self, subject: Subject, load: Load) -> CachedResponse | None:
        """Returns the response about a subject, or None if `load` finds none. A hit takes one round trip."""
        if self._clock() < self._retry_at:
            return _response(load(), "database", redis_unavailable=True)
        try:
            entry = self._read(subject)
            if entry is None:
                return self._fill_or_wait(subject, load)
        except Unavailable as error:
            if error.dependency != "redis":
                raise
            self._retry_at = self._clock() + _RETRY_AFTER_SECONDS
            return _response(load(), "database", redis_unavailable=True)
        return _parse(entry, "hit")

    def invalidate(self, *subjects: Subject) -> None:
        """Delete entries and leases, so that no reader fills an entry from an old row. Call it after the commit.

        Raises:
            Unavailable: Redis does not answer.
        """
        if subjects:
            self._redis.pipeline(*(("DEL", _key(subject), _lease(subject)) for subject in subjects))

    def _read(self, subject: Subject) -> bytes | None:
        found = self._redis.command("GET", _key(subject))
        return found if isinstance(found, bytes) else None

    def _fill_or_wait(self, subject: Subject, load: Load) -> CachedResponse | None:
        holder = os.urandom(8).hex()
        taken = self._redis.command("EVAL", _TAKE_LEASE, 2, _lease(subject), _key(subject), holder, _LEASE_MILLISECONDS)
        if isinstance(taken, bytes):
            return _parse(taken, "hit")
        if taken == 0:
            entry = self._wait_for_fill(subject)
            return _parse(entry, "waited") if entry is not None else _response(load(), "database")
        try:
            loaded = load()
        except BaseException:
            with contextlib.suppress(Unavailable):  # other readers need not wait for a fill that never comes
                self._redis.command("DEL", _lease(subject))
            raise
        entry = f"{loaded.etag}\n{loaded.body}".encode() if loaded else b""
        lifetime = _lifetime(subject) if loaded else _MISSING_LIFETIME_SECONDS
        try:
            self._redis.command("EVAL", _FILL, 2, _lease(subject), _key(subject), holder, entry, lifetime)
        except Unavailable:
            self._retry_at = self._clock() + _RETRY_AFTER_SECONDS
            return _response(loaded, "database", redis_unavailable=True)
        return _response(loaded, "miss")

    def _wait_for_fill(self, subject: Subject) -> bytes | None:
        for _ in range(_WAITS):
            time.sleep(_WAIT_SECONDS)
            if (entry := self._read(subject)) is not None:
                return entry
        return None


def invalidate_products(product_ids: Iterable[int], *, categories: bool = False) -> str:
    """Delete the entries of changed products, after the commit. Returns "redis" if Redis does not answer, else "".

    With `categories`, also the list of categories. Otherwise it is at most a minute old.

    The change is committed, so the request succeeds either way. A consumer of the change's event deletes the entries
    again (functions/consumers/refresh_product_cache.py), in case this deletion fails.
    """
    try:
        ProductCache(redis()).invalidate(*product_ids, *((CATEGORIES,) if categories else ()))
    except Unavailable:
        return "redis"
    return ""


def _parse(entry: bytes, source: str) -> CachedResponse | None:
    etag, _, body = entry.decode().partition("\n")
    return CachedResponse(etag, body, source) if body else None


def _response(
    loaded: RenderedResponse | None, source: str, *, redis_unavailable: bool = False
) -> CachedResponse | None:
    return CachedResponse(loaded.etag, loaded.body, source, redis_unavailable) if loaded else None


def _lifetime(subject: Subject) -> int:
    if isinstance(subject, str) and (seconds := _LIFETIMES.get(subject.partition(":")[0])):
        return seconds
    return _LIFETIME_SECONDS - random.randrange(_LIFETIME_SPREAD_SECONDS)  # noqa: S311 - spreads expiry, guards no secret


def _key(subject: Subject) -> str:
    # The braces keep entry and lease in one slot.
    return f"product:{{{subject}}}"


def _lease(subject: Subject) -> str:
    return f"product:{{{subject}}}:lease"
