"""Time-based one-time passwords (RFC 6238) as every authenticator app makes them: SHA-1, 30 seconds, six digits."""

from __future__ import annotations

import base64
import hmac
import os
from urllib.parse import quote, urlencode

_SECRET_BYTES = 20  # RFC 4226, 4, R6: 160 bits are recommended
_STEP_SECONDS = 30
_DIGITS = 6
# RFC 6238, 5.2: one step for the delay between phone and server, and for clocks that differ.
_DRIFT_STEPS = 1


def new_secret() -> bytes:
    """Returns a random secret."""
    return os.urandom(_SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Returns the secret in Base32, as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_uri(secret: bytes, *, issuer: str, account: str) -> str:
    """Returns the content of the QR code that an app scans (Key Uri Format of Google Authenticator)."""
    label = quote(f"{issuer}:{account}", safe=":@")
    values = {
        "secret": secret_text(secret),
        "issuer": issuer,
        "algorithm": "SHA1",
        "digits": _DIGITS,
        "period": _STEP_SECONDS,
    }
    return f"otpauth://totp/{label}?{urlencode(values, quote_via=quote)}"


def step_at(unix_time: float) -> int:
    """Returns the number of the 30 seconds that contain a time."""
    return int(unix_time) // _STEP_SECONDS


def check_code(text: str) -> str:
    """Returns `text` if it may be a code.

    Raises:
        ValueError: it is not six digits.
    """
    if len(text) != _DIGITS or not (text.isascii() and text.isdigit()):
        raise ValueError("must be six digits")
    return text


def code_of(secret: bytes, step: int, *, digits: int = _DIGITS) -> str:
    """Returns the code of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def matching_step(secret: bytes, code: str, unix_time: float) -> int | None:
    """Returns the latest step, of those around a time, whose code this is; None if the code is wrong.

    Compares in constant time, and with every step, so that the duration reveals nothing.
    """
    found = None
    for step in range(step_at(unix_time) - _DRIFT_STEPS, step_at(unix_time) + _DRIFT_STEPS + 1):
        if step >= 0 and hmac.compare_digest(code_of(secret, step).encode(), code.encode()):
            found = step
    return found
