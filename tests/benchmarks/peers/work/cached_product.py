"""The work of a cached read: the answer is in Redis as JSON."""

import json
import os
from typing import Any

import redis

_client = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:1/0"))


def answer(number: str, _body: str | None) -> tuple[int, Any]:
    """Returns status and content."""
    stored = _client.get(f"product:{number}")
    return (200, json.loads(stored)) if isinstance(stored, bytes) else (404, {"message": "no such product"})
