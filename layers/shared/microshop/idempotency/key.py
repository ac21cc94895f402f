"""The rules of an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07)."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from microshop.errors import FieldProblem, InvalidInput

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


@dataclass(frozen=True)
class IdempotencyKey:
    """A user's key, and the fingerprint of the request that it came with (SHA-256 in hex)."""

    user_id: int
    key: str
    fingerprint: str


def idempotency_key(user_id: int, header: str, request: str, body: Any) -> IdempotencyKey | None:
    """The key in `header`, or None where none was sent; `request` names what is asked for, such as `POST /orders`.

    The fingerprint is that of the body's content: blanks and the order of its fields do not matter.

    Raises:
        InvalidInput: it is not 1 to 128 visible ASCII characters.
    """
    if not header:
        return None
    if not _KEY.fullmatch(header):
        raise InvalidInput(FieldProblem(HEADER, "must be 1 to 128 visible ASCII characters"))
    content = json.dumps([request, body], sort_keys=True, separators=(",", ":"))
    return IdempotencyKey(user_id, header, hashlib.sha256(content.encode()).hexdigest())
