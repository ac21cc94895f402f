"""The keys of the payment provider, which the shop reads from Secrets Manager."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tools.local.servers.ports_and_passwords import stored_password

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class PaymentKeys:
    """The local provider accepts any secret and publishable key, but signs webhooks with the webhook secret."""

    webhook_secret: str = field(repr=False)
    secret_key: str = field(default="sk_test_local", repr=False)
    publishable_key: str = "pk_test_local"

    def as_secret(self) -> str:
        """Returns the value of the secret in Secrets Manager."""
        return json.dumps(asdict(self))


def stored_keys(data_folder: Path) -> PaymentKeys:
    """Returns the keys of a data folder. The first call creates them."""
    folder = data_folder / "stripe"
    folder.mkdir(parents=True, exist_ok=True)
    return PaymentKeys(f"whsec_{stored_password(folder / 'webhook_secret')}")


def stored_owner(data_folder: Path) -> str:
    """Returns the name of this shop in a Stripe account. `make reset` deletes it."""
    folder = data_folder / "stripe"
    folder.mkdir(parents=True, exist_ok=True)
    return f"microshop-local-{stored_password(folder / 'owner')}"
