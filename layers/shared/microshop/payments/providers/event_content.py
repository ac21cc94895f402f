"""Validates the content of signed webhook events, because the database would refuse other values at every retry."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from microshop.payments.providers.port import Decline, FundsMovement, Intent, ProviderRefund

if TYPE_CHECKING:
    from microshop.payments.providers.port import Update

type _Part = Update | FundsMovement | Decline

# A thousand times the maximum of any provider. Sums of such amounts are far below the limit of a column.
_MAX_MINOR = 10**15
_CURRENCY = re.compile("[A-Z]{3}", re.ASCII)
# The length of the reference columns.
_REFERENCE = re.compile("[!-~]{1,200}", re.ASCII)
_YEARS = range(1970, 2200)


def find_problem(update: Update) -> str | None:
    """Returns the first field of an update that cannot be applied and the reason, or None.

    Checks only the references of a foreign update, because nothing else of it is used.
    """
    parts: list[_Part] = [update, *_parts_of(update)]
    is_foreign = isinstance(update, Intent | ProviderRefund) and update.foreign
    return next((problem for part in parts if (problem := _part_problem(part, is_foreign=is_foreign))), None)


def _parts_of(update: Update) -> list[FundsMovement | Decline]:
    if isinstance(update, Intent):
        return [update.decline] if update.decline else []
    return [] if isinstance(update, ProviderRefund) else list(update.movements)


def _part_problem(part: _Part, *, is_foreign: bool) -> str | None:
    for name, value in part.as_dict().items():
        if value is None or (is_foreign and not name.endswith("reference")):
            continue
        if problem := _field_problem(part, name, value):
            return f"{name}: {problem}"
    return None


def _field_problem(part: _Part, name: str, value: object) -> str | None:
    if name.endswith("_minor"):
        return _amount_problem(value, *_range_of(part, name))
    if name == "currency":
        return None if isinstance(value, str) and _CURRENCY.fullmatch(value) else "is not a currency"
    if name.endswith("reference"):
        return None if isinstance(value, str) and _REFERENCE.fullmatch(value) else "is not a reference"
    if isinstance(value, datetime):
        return None if value.year in _YEARS else f"is not between {_YEARS.start} and {_YEARS.stop - 1}"
    if isinstance(value, str):
        return _text_problem(value)
    return None


def _range_of(part: _Part, name: str) -> tuple[int, int]:
    if isinstance(part, FundsMovement):
        return -_MAX_MINOR, _MAX_MINOR
    is_positive = isinstance(part, ProviderRefund) or (name == "captured_minor" and _is_captured(part))
    return int(is_positive), _MAX_MINOR


def _is_captured(part: _Part) -> bool:
    return isinstance(part, Intent) and part.status == "captured"


def _amount_problem(value: object, minimum: int, maximum: int) -> str | None:
    if type(value) is not int:
        return "is not a whole number"
    return None if minimum <= value <= maximum else f"is not between {minimum} and {maximum}"


def _text_problem(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return None
