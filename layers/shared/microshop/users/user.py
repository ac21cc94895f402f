"""An account, and the rules of email addresses, user names and passwords."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.caller import Role
    from microshop.scopes import Scope

type Language = Literal["en", "zh"]

DEFAULT_LANGUAGE: Language = "en"
LANGUAGES: tuple[Language, ...] = (DEFAULT_LANGUAGE, "zh")
MIN_PASSWORD_LENGTH = 8  # NIST SP 800-63B-4, 3.1.1.2: eight where a second factor may be added, never composition rules
MAX_PASSWORD_LENGTH = 128
MAX_USERNAME_LENGTH = 50
MAX_EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets, less its brackets

# ASCII only, because SES delivers to no other local part. A domain needs a dot, no two dots may be adjacent, and the
# last label begins with a letter: IP addresses, such as 127.0.0.1, are not domains.
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.ASCII,
)
_MAX_LOCAL_PART_LENGTH = 64


class User(Value):
    """An account. `credentials_version` grows when the password or the roles change, or the sessions are ended.

    `role` is "admin" for owners of the shop.
    """

    id: int
    email: str
    username: str
    role: Role
    language: Language
    password_hash: str
    credentials_version: int
    created_at: datetime
    updated_at: datetime
    email_verified_at: datetime | None = None
    erasure_due_at: datetime | None = None

    @property
    def is_email_verified(self) -> bool:
        """Whether the owner proved that they read the mail of the address."""
        return self.email_verified_at is not None

    @property
    def is_erased(self) -> bool:
        """Whether the account was erased: what is left has no mail address (privacy/columns.py)."""
        return "@" not in self.email


class LoginAccount(Value):
    """An account as a login reads it: with the scopes of its roles, and whether it has a confirmed second factor."""

    user: User
    scopes: frozenset[Scope]
    is_disabled: bool
    has_second_factor: bool = False


def normalise_email(text: str) -> str:
    """Returns the stored form of an address: lower case, ASCII domain, no surrounding blanks.

    Raises:
        ValueError: mail cannot be sent to the address.
    """
    email = text.strip().lower()
    if not email.isascii():
        email = _with_ascii_domain(email)
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email) or email.index("@") > _MAX_LOCAL_PART_LENGTH:
        raise ValueError("must be an email address such as name@example.com")
    return email


def _with_ascii_domain(email: str) -> str:
    from microshop.domain_names import ascii_domain  # noqa: PLC0415 - few addresses need it

    local_part, at, domain = email.rpartition("@")
    try:
        return f"{local_part}{at}{ascii_domain(domain)}"
    except ValueError:
        return ""


def check_new_password(password: str) -> str:
    """Returns `password` if its length is allowed.

    Raises:
        ValueError: the password is shorter than 8 or longer than 128 characters.
    """
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise ValueError(f"must have {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")
    return password
