"""The rules of an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07)."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from microshop.errors import FieldProblem, InvalidInput
from microshop.values import Value

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


class IdempotencyKey(Value):
    """A user's key, and the fingerprint of its request (SHA-256 in hex)."""

    user_id: int
    key: str
    fingerprint: str


def idempotency_key(user_id: int, headers: Sequence[str], request: str, body: Any) -> IdempotencyKey | None:
    """Returns the key in the header, or None if there is no header; `request` is method and path: `POST /orders`.

    The fingerprint covers the content of the body, not its white space or the order of its fields.

    Raises:
        InvalidInput: the key is not 1 to 128 visible ASCII characters, or there are several headers.
    """
    if not headers:
        return None
    if len(headers) > 1:
        raise InvalidInput(FieldProblem(HEADER, "is given more than once"))
    [key] = headers
    if not _KEY.fullmatch(key):
        raise InvalidInput(FieldProblem(HEADER, "must be 1 to 128 visible ASCII characters"))
    content = json.dumps([request, body], sort_keys=True, separators=(",", ":"))
    return IdempotencyKey(user_id, key, hashlib.sha256(content.encode()).hexdigest())
