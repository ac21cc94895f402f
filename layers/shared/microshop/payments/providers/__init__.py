"""The payment providers: a new one is a module beside this and a line of the table."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from microshop.payments.providers.port import PaymentProvider


class Registered(NamedTuple):
    """Where a provider's adapter is. An `automatic` one gives money back when asked; else a person has done it."""

    module: str
    automatic: bool


PROVIDERS = {
    "stripe": Registered("stripe", automatic=True),
    "offline": Registered("by_hand", automatic=False),
    "cash_on_delivery": Registered("by_hand", automatic=False),
}


@functools.cache
def provider(name: str) -> PaymentProvider:
    """The adapter of that name; only here is its client loaded."""
    module = importlib.import_module(f"{__name__}.{PROVIDERS[name].module}")
    adapter: PaymentProvider = module.connect(name)
    return adapter


def is_automatic(name: str) -> bool:
    """Whether the shop itself gives this provider's money back."""
    return PROVIDERS[name].automatic


def automatic_providers() -> tuple[str, ...]:
    """The providers that can be asked."""
    return tuple(name for name, registered in PROVIDERS.items() if registered.automatic)
