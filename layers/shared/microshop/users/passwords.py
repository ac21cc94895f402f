"""Password hashing: argon2id with OWASP's parameters (m = 19 MiB, t = 2, p = 1; 32 ms of one vCPU)."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Made once of random bytes that nobody kept: made on first use, it would double that login's time.
_HASH_OF_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$kkLUHa1zHo/cbYKcwFnLoA$r/+klkJ4PfPRqJrI2UcqthLPaVJgd41zxPYREXRXR64"


def hash_password(password: str) -> str:
    """An encoded argon2id hash with a salt of its own."""
    return _HASHER.hash(_normalised(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether `password` is the one behind `password_hash`; None takes as long and is never right.

    An unknown account is checked against a hash of a password nobody knows: its timing is that of a known one.
    """
    try:
        _HASHER.verify(password_hash or _HASH_OF_NOBODY, _normalised(password))
    except VerificationError:
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _normalised(password: str) -> str:
    # The same keys pressed on two systems may give composed and decomposed letters (NIST SP 800-63B-4, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
