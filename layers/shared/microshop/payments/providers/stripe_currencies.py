"""Stripe's currencies: the unit of amounts, and the minimum and maximum of a card payment.

https://docs.stripe.com/currencies. HUF and TWD are not exceptions here: only their payouts lack decimals, not charges.
"""

from microshop.charge_limits import ChargeLimits
from microshop.errors import PaymentRefused
from microshop.money import minor_digits

# ISO 4217 currencies in which Stripe charges cards, some of them only in some countries.
_CHARGED = frozenset(
    (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY "
        "COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR "
        "ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK "
        "MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD "
        "SHP SLE SOS SRD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER "
        "ZAR ZMW"
    ).split()
)
# The decimal digits of Stripe's amounts, unless they are two. ISO 4217 has two for MGA. It has none for ISK and UGX:
# Stripe's two digits must be 0 there. Of three digits, the last one must be 0.
_DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), 3),
}
_STEPS = {**dict.fromkeys("ISK UGX".split(), 100), **dict.fromkeys("BHD JOD KWD OMR TND".split(), 10)}
# In Stripe's unit, for a shop that Stripe pays out in this currency. With another payout currency, only Stripe knows
# the minimum: it refuses smaller payments.
_MINIMUMS = {
    **dict.fromkeys("ARS AUD BRL CAD CHF COP EUR IDR ILS INR NZD PHP RUB SGD USD ZAR".split(), 50),
    **dict.fromkeys("AED MYR PLN RON".split(), 200),
    **dict.fromkeys("NOK SEK".split(), 300),
    **dict.fromkeys("MXN THB".split(), 1000),
    **dict.fromkeys("JPY KRW".split(), 50),
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
}
# Every card network accepts eight digits; Stripe documents more for some currencies.
_MAXIMUM = 99_999_999
_MAXIMUMS = {
    "COP": 9_999_999_999,
    "HUF": 9_999_999_999,
    "IDR": 999_999_999_999,
    "INR": 999_999_999,
    "JPY": 9_999_999_999,
    "LBP": 999_999_999_999,
}


def supports(currency: str) -> bool:
    """Whether Stripe charges cards in this currency."""
    return currency in _CHARGED


def limits(currency: str) -> ChargeLimits:
    """Returns the limits of the amounts that Stripe can charge and refund in this currency."""
    minimum, maximum = range_of(currency)
    return ChargeLimits(
        currency,
        step_minor=max(1, from_stripe(step(currency), currency)),
        minimum_minor=from_stripe(minimum, currency),
        maximum_minor=from_stripe(maximum, currency),
    )


def step(currency: str) -> int:
    """Returns the step of amounts in this currency, in Stripe's unit."""
    return _STEPS.get(currency, 1)


def range_of(currency: str) -> tuple[int, int]:
    """Returns the minimum and the maximum of a card payment in this currency, in Stripe's unit."""
    return _MINIMUMS.get(currency, step(currency)), _MAXIMUMS.get(currency, _MAXIMUM)


def to_stripe(minor: int, currency: str) -> int:
    """Returns an amount in the minor unit of its currency, converted to Stripe's unit.

    Raises:
        PaymentRefused: Stripe cannot charge or refund the amount.
    """
    amount, rest = divmod(minor * _unit(_digits(currency)), _unit(minor_digits(currency)))
    if rest or amount % step(currency):
        raise PaymentRefused("parameter_invalid_integer", f"Stripe cannot represent {minor} {currency} (minor unit).")
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Returns an amount in Stripe's unit, converted to the minor unit of its currency."""
    return amount * _unit(minor_digits(currency)) // _unit(_digits(currency))


def _unit(digits: int) -> int:
    return int(10**digits)


def _digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)
