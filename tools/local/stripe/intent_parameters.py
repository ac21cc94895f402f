"""Splits the parameters of payment intents into those that localstripe stores and those that the proxy stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.payments.providers import stripe_currencies
from tools.local.stripe.errors import invalid
from tools.local.stripe.parameters import as_flag, as_integer

if TYPE_CHECKING:
    from collections.abc import Mapping

_NATIVE = {"amount", "currency", "customer", "metadata"}
_STORED_BY_PROXY = {
    *("description", "payment_method_options", "receipt_email", "setup_future_usage", "shipping"),
    *("statement_descriptor", "statement_descriptor_suffix"),
}
_ONLY_AT_CREATION = {"automatic_payment_methods", "capture_method", "confirmation_method"}
# These control the front end after the confirmation, and have no effect here.
_IGNORED = {"error_on_requires_action", "mandate_data", "use_stripe_sdk"}

type SplitParameters = tuple[dict[str, Any], dict[str, Any]]


def creation_parameters(parameters: Mapping[str, Any]) -> SplitParameters:
    """Returns the parameters of a new payment intent: for localstripe, and for the proxy.

    Raises:
        Refused: a parameter is missing, unknown or invalid.
    """
    for name in ("amount", "currency"):
        if name not in parameters:
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    chosen = {"automatic_payment_methods", "payment_method_types"} & parameters.keys()
    if len(chosen) == 2:
        raise invalid(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            code="parameter_invalid",
        )
    native, extras = _split(parameters, _ONLY_AT_CREATION)
    if "capture_method" in extras:
        native["capture_method"] = extras.pop("capture_method")
    if "automatic_payment_methods" in extras:
        extras["automatic_payment_methods"] = _automatic(extras["automatic_payment_methods"])
    elif not chosen:  # Stripe's default since 2023-08-16
        extras["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    return native, extras


def update_parameters(parameters: Mapping[str, Any], intent: Mapping[str, Any]) -> SplitParameters:
    """Returns the parameters that change the intent: for localstripe, and for the proxy.

    Raises:
        Refused: a parameter is unknown or invalid.
    """
    return _split({"currency": intent["currency"], **parameters} if "amount" in parameters else parameters, set())


def check_granularity(amount: int, currency: str) -> None:
    """Check that the amount is a multiple of the smallest amount that Stripe charges or refunds in the currency.

    Raises:
        Refused: it is not.
    """
    step = stripe_currencies.step(currency.upper())
    if amount % step:
        message = f"Invalid amount: {amount} {currency} must be a multiple of {step}."
        raise invalid(message, code="parameter_invalid_integer", param="amount")


def _split(parameters: Mapping[str, Any], also: set[str]) -> SplitParameters:
    known = {*_NATIVE, *_STORED_BY_PROXY, *also}
    ignored = {*_IGNORED, "payment_method", "payment_method_data"}
    if unknown := parameters.keys() - known - ignored - {"payment_method_types"}:
        raise invalid(f"Received unknown parameter: {min(unknown)}", code="parameter_unknown", param=min(unknown))
    native = {name: value for name, value in parameters.items() if name in _NATIVE}
    if "currency" in native:
        native["currency"] = _currency(str(native["currency"]))
    if "amount" in native:
        native["amount"] = _amount(parameters, native["currency"])
    extras = {
        name: value for name, value in parameters.items() if name in {*_STORED_BY_PROXY, *also, "payment_method_types"}
    }
    return native, extras


def _amount(parameters: Mapping[str, Any], currency: str) -> int:
    amount = as_integer(parameters, "amount") or 0
    if amount < 1:
        code = "parameter_invalid_integer"
        raise invalid("This value must be greater than or equal to 1.", code=code, param="amount")
    minimum, maximum = stripe_currencies.range_of(currency.upper())
    if amount < minimum:
        message = f"Amount must be at least {minimum} {currency} (minor unit)"
        raise invalid(message, code="amount_too_small", param="amount")
    if amount > maximum:
        message = f"Amount must be no more than {maximum} {currency} (minor unit)"
        raise invalid(message, code="amount_too_large", param="amount")
    check_granularity(amount, currency)
    return amount


def _currency(text: str) -> str:
    if not stripe_currencies.supports(text.upper()):
        raise invalid(f"Invalid currency: {text}.", param="currency")
    return text.lower()


def _automatic(given: Any) -> dict[str, Any]:
    redirects = given.get("allow_redirects", "always") if isinstance(given, dict) else "always"
    return {"allow_redirects": redirects, "enabled": as_flag(given.get("enabled") if isinstance(given, dict) else None)}
