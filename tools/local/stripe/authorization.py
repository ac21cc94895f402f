"""Who may do what: the shop everything with its secret key, a web page little with the publishable one."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


def key_of(authorization: str, parameters: Mapping[str, Any]) -> str:
    """The key that a request comes with: as a bearer token, as a user name, or as Stripe.js sends it, in the form.

    Raises:
        Refused: there is none.
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
    """Refuse the key that everybody can read in a web page."""
    if key.startswith("pk_"):
        raise invalid(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            status=403,
            code="secret_key_required",
        )
