"""Password hashing: argon2id with OWASP's parameters (m = 19 MiB, t = 2, p = 1; 32 ms of one vCPU)."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# The hash of random bytes that were discarded. A login that computed it first would take twice as long.
_DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$kkLUHa1zHo/cbYKcwFnLoA$r/+klkJ4PfPRqJrI2UcqthLPaVJgd41zxPYREXRXR64"


def hash_password(password: str) -> str:
    """Returns an encoded argon2id hash with its own salt."""
    return _HASHER.hash(_normalise(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """Returns whether `password` matches `password_hash`. None never matches but takes as long.

    An unknown account (None) is checked against a dummy hash, so that timing does not reveal whether it exists.
    """
    try:
        _HASHER.verify(password_hash or _DUMMY_HASH, _normalise(password))
    except VerificationError:
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Returns whether the hash was made with other parameters than the current ones."""
    return _HASHER.check_needs_rehash(password_hash)


def _normalise(password: str) -> str:
    # Systems differ in composed and decomposed letters for the same keys (NIST SP 800-63B-4, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
