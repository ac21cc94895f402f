"""The payment providers: a new one is a module of this package, a line of the table and a `ProviderName`."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from microshop.charge_limits import ChargeLimits
    from microshop.payments.providers.port import PaymentProvider


class Registered(NamedTuple):
    """The module of a provider's adapter. An `automatic` provider refunds by itself; otherwise a person refunds.

    `currencies` is the module of its currencies and limits; without one, the provider takes every amount.
    """

    module: str
    automatic: bool
    currencies: str = ""


PROVIDERS = {
    "stripe": Registered("stripe", automatic=True, currencies="stripe_currencies"),
    "offline": Registered("by_hand", automatic=False),
    "cash_on_delivery": Registered("by_hand", automatic=False),
    "free": Registered("by_hand", automatic=False),
}


@functools.cache
def provider(name: str) -> PaymentProvider:
    """Returns the adapter of that name. Only here is the provider's client loaded."""
    module = importlib.import_module(f"{__name__}.{PROVIDERS[name].module}")
    adapter: PaymentProvider = module.connect(name)
    return adapter


def charge_limits(name: str, currency: str) -> ChargeLimits | None:
    """Returns the amounts that the provider can charge and refund, or None without limits. The name "" has none."""
    module = PROVIDERS[name].currencies if name else ""
    if not module:
        return None
    limits: ChargeLimits = importlib.import_module(f"{__name__}.{module}").limits(currency)
    return limits


def takes_currency(name: str, currency: str) -> bool:
    """Whether the provider of that name charges in that currency."""
    module = PROVIDERS[name].currencies if name else ""
    return not module or bool(importlib.import_module(f"{__name__}.{module}").takes(currency))


def is_automatic(name: str) -> bool:
    """Whether the shop itself refunds payments of this provider."""
    return PROVIDERS[name].automatic


def automatic_providers() -> tuple[str, ...]:
    """Returns the names of the automatic providers."""
    return tuple(name for name, registered in PROVIDERS.items() if registered.automatic)
