"""Money: the shop computes with integer minor units; clients see decimal strings."""

import re

from microshop.currencies import MINOR_DIGITS

_CODE = re.compile("[A-Z]{3}", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,12})(?:\.(\d{1,3}))?", re.ASCII)


def currency_code(text: str) -> str:
    """Returns `text` if it looks like a currency code. It need not be a current one.

    Raises:
        ValueError: the text is not three capital letters.
    """
    if not _CODE.fullmatch(text):
        raise ValueError("must be a three-letter currency code such as USD (ISO 4217)")
    return text


def minor_digits(currency: str) -> int:
    """Returns the number of decimal digits of `currency` (ISO 4217); 2 if it is no longer in use."""
    return MINOR_DIGITS.get(currency, 2)


def to_decimal(minor: int, currency: str) -> str:
    """`1999, "USD"` → `"19.99"`; `500, "JPY"` → `"500"`."""
    digits = minor_digits(currency)
    if digits == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{fraction:0{digits}d}"


def to_minor(amount: str, currency: str) -> int:
    """`"19.9", "USD"` → `1990`.

    Raises:
        ValueError: the amount is not a decimal, or has more than 12 digits or more decimals than the currency.
    """
    match = _DECIMAL.fullmatch(amount)
    if match is None:
        raise ValueError("must be an amount such as 19.99")
    whole, fraction = match[1], match[2] or ""
    digits = minor_digits(currency)
    if len(fraction) > digits:
        raise ValueError(f"{currency} has {digits} decimal digits")
    return int(whole + fraction.ljust(digits, "0"))


def plain_amount(amount: str | float) -> str:
    """Returns a client's amount, such as `"19.90"` or the number `19.9`, as a plain decimal string.

    Raises:
        ValueError: the amount is not a plain decimal with at most 12 digits before the point and 3 after it.
    """
    if not isinstance(amount, str):
        amount = f"{amount:.15g}"  # the decimal that the client sent: 19.9 and not 19.899999999999999
    if _DECIMAL.fullmatch(amount) is None:
        raise ValueError("must be an amount such as 19.99")
    return amount
