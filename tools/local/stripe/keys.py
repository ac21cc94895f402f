"""The keys of the local payment provider: what the shop's secret holds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tools.local.servers.ports_and_passwords import kept_password

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class PaymentKeys:
    """The local provider takes any secret and any publishable key; the webhook's secret is a real one."""

    webhook_secret: str = field(repr=False)
    secret_key: str = field(default="sk_test_local", repr=False)
    publishable_key: str = "pk_test_local"

    def as_secret(self) -> str:
        """In the form of the secret in Secrets Manager."""
        return json.dumps(asdict(self))


def kept_keys(data_folder: Path) -> PaymentKeys:
    """The keys of a data folder."""
    folder = data_folder / "stripe"
    folder.mkdir(parents=True, exist_ok=True)
    return PaymentKeys(f"whsec_{kept_password(folder / 'webhook_secret')}")


def kept_owner(data_folder: Path) -> str:
    """Returns the name that the shop of this data folder has in a Stripe account; `make reset` ends it."""
    folder = data_folder / "stripe"
    folder.mkdir(parents=True, exist_ok=True)
    return f"microshop-local-{kept_password(folder / 'owner')}"
