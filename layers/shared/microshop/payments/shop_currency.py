"""The shop's currency, and whether the shop can be run in it with its settings and its products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.currencies import MINOR_DIGITS
from microshop.payments.providers import charge_limits, takes_currency
from microshop.platform import settings

if TYPE_CHECKING:
    from microshop.charge_limits import ChargeLimits
    from microshop.products.queries import ProductQueries


class CurrencyRefused(Exception):
    """The shop cannot be run in its currency; the message says why, and what to do."""


def shop_currency() -> tuple[str, ChargeLimits | None]:
    """Returns the shop's currency, and the limits of its provider of card payments in it."""
    currency = settings.text("CURRENCY")
    return currency, charge_limits(_card_provider(), currency)


def check_settings() -> None:
    """Check the currency itself, and the shipping fee.

    Raises:
        CurrencyRefused: ISO 4217 does not have it, the provider of card payments does not take it, or no card can be
            charged the fee.
    """
    currency, provider = settings.text("CURRENCY"), _card_provider()
    if currency not in MINOR_DIGITS:
        raise CurrencyRefused(f"Currency={currency} is no currency of ISO 4217: choose one such as USD.")
    if not takes_currency(provider, currency):
        raise CurrencyRefused(
            f"Currency={currency} cannot be paid by card with {provider}: choose another currency, or take no card "
            "payments (StripeSecretArn empty)."
        )
    limits, fee = charge_limits(provider, currency), settings.integer("SHIPPING_FEE_MINOR", 0)
    if limits is not None and (problem := limits.problem_of_amount(fee)):
        raise CurrencyRefused(f"ShippingFeeMinor={fee} {problem}.")


def check_products(products: ProductQueries) -> None:
    """Check that what is on sale can be ordered and paid.

    Raises:
        CurrencyRefused: products on sale have a price in another currency, or one that no card can be charged.
    """
    currency, limits = shop_currency()
    if others := products.in_other_currencies(currency):
        counted = ", ".join(f"{count} in {other}" for other, count in others.items())
        raise CurrencyRefused(
            f"Currency={currency}, but products on sale have their price in another currency ({counted}), so nobody "
            f"could order them. Keep the currency, or archive these products and create them again in {currency}."
        )
    if limits is not None and (count := products.with_odd_prices(limits.step_minor)):
        raise CurrencyRefused(
            f"{count} products on sale have a price that no card can be charged: a price in {currency} "
            f"{limits.problem_of_amount(1)}. Correct or archive them first."
        )


def _card_provider() -> str:
    """Returns the name of the provider of card payments; "" if there is none."""
    return settings.text("CARD_PROVIDER", "")
