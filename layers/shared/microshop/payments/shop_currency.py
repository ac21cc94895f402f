"""Checks that the shop's settings, card provider and products fit its currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.currencies import MINOR_DIGITS
from microshop.money import to_decimal
from microshop.payments.providers import charge_limits, supports_currency
from microshop.platform import settings

if TYPE_CHECKING:
    from microshop.charge_limits import ChargeLimits
    from microshop.products.queries import ProductQueries


_MAX_NAMED_PRICES = 5


class CurrencyRefused(Exception):
    """The shop cannot run in its currency. The message gives the reason and the remedy."""


def shop_currency() -> tuple[str, ChargeLimits | None]:
    """Returns the shop's currency and the limits of its card provider in that currency."""
    currency = settings.text("CURRENCY")
    return currency, charge_limits(_card_provider(), currency)


def check_settings() -> None:
    """Check the currency itself and the shipping fee.

    Raises:
        CurrencyRefused: ISO 4217 does not have the currency, the card provider does not support it, or the provider
            cannot charge the fee.
    """
    currency, provider = settings.text("CURRENCY"), _card_provider()
    if currency not in MINOR_DIGITS:
        raise CurrencyRefused(f"Currency={currency} is not an ISO 4217 currency: choose one such as USD.")
    if not supports_currency(provider, currency):
        raise CurrencyRefused(
            f"{provider} cannot charge cards in Currency={currency}: choose another currency, or accept no card "
            "payments (StripeSecretArn empty)."
        )
    limits, fee = charge_limits(provider, currency), settings.integer("SHIPPING_FEE_MINOR", 0)
    if limits is not None and (problem := limits.problem_of_amount(fee)):
        raise CurrencyRefused(f"ShippingFeeMinor={fee} {problem}.")


def check_products(products: ProductQueries) -> None:
    """Check that customers can order and pay the products on sale.

    Raises:
        CurrencyRefused: products on sale have a price in another currency, or one that the card provider cannot charge.
    """
    currency, limits = shop_currency()
    if others := products.count_in_other_currencies(currency):
        counted = ", ".join(f"{count} in {other}" for other, count in others.items())
        raise CurrencyRefused(
            f"Currency={currency}, but products on sale have prices in other currencies ({counted}), so customers "
            f"could not order them. Keep the currency, or archive these products and create them again in {currency}."
        )
    if limits is not None and (prices := products.unchargeable_prices(limits.step_minor, _MAX_NAMED_PRICES)):
        examples = ", ".join(to_decimal(price, currency) for price in prices)
        raise CurrencyRefused(
            f"Products on sale have prices that cannot be charged to a card, such as {examples}: a price in {currency} "
            f"{limits.problem_of_amount(1)}. Correct or archive them first."
        )


def _card_provider() -> str:
    """Returns the name of the card provider, or "" if the shop takes no cards."""
    return settings.text("CARD_PROVIDER", "")
