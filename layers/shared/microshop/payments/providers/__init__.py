"""The registry of payment providers. A new provider is a module here, a line in `PROVIDERS` and a `ProviderName`."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from microshop.charge_limits import ChargeLimits
    from microshop.payments.providers.port import PaymentProvider


class Registration(NamedTuple):
    """The module of a provider's adapter, and whether the shop refunds through it (`automatic`) or a person refunds.

    `currencies` is the module with its currencies and limits. A provider without one accepts every amount.
    """

    module: str
    automatic: bool
    currencies: str = ""


PROVIDERS = {
    "stripe": Registration("stripe", automatic=True, currencies="stripe_currencies"),
    "offline": Registration("manual", automatic=False),
    "cash_on_delivery": Registration("manual", automatic=False),
    "free": Registration("manual", automatic=False),
}


@functools.cache
def provider(name: str) -> PaymentProvider:
    """Returns the provider's adapter. The provider's client is imported only here."""
    module = importlib.import_module(f"{__name__}.{PROVIDERS[name].module}")
    adapter: PaymentProvider = module.connect(name)
    return adapter


def charge_limits(name: str, currency: str) -> ChargeLimits | None:
    """Returns the limits of the amounts that the provider can charge and refund, or None. The name "" has no limits."""
    module = PROVIDERS[name].currencies if name else ""
    if not module:
        return None
    limits: ChargeLimits = importlib.import_module(f"{__name__}.{module}").limits(currency)
    return limits


def supports_currency(name: str, currency: str) -> bool:
    """Whether the provider charges in this currency. The name "" supports all."""
    module = PROVIDERS[name].currencies if name else ""
    return not module or bool(importlib.import_module(f"{__name__}.{module}").supports(currency))


def is_automatic(name: str) -> bool:
    """Whether the shop itself refunds payments through this provider."""
    return PROVIDERS[name].automatic


def automatic_providers() -> tuple[str, ...]:
    """Returns the names of the automatic providers."""
    return tuple(name for name, registered in PROVIDERS.items() if registered.automatic)
