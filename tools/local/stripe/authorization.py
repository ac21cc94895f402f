"""API keys: a secret key allows every request, a publishable key only those of a web page."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


def api_key_of(authorization: str, parameters: Mapping[str, Any]) -> str:
    """Returns the key of a request: its bearer token, its user name, or `key` in the form, as Stripe.js sends it.

    Raises:
        Refused: the request has no key.
    """
    scheme, _, value = authorization.partition(" ")
    key = value.strip() if scheme.lower() == "bearer" else ""
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    given = parameters.get("key")
    if not authorization and isinstance(given, str) and given.startswith("pk_"):
        key = given
    if not key.startswith(("sk_", "rk_", "pk_")):
        raise invalid("You did not provide a valid API key.", status=401)
    return key


def refuse_publishable(key: str) -> None:
    """Refuse a publishable key, which everybody can read in a web page."""
    if key.startswith("pk_"):
        raise invalid(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            status=403,
            code="secret_key_required",
        )
