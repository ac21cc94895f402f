"""What the shop can apply of a signed webhook event: a value beyond it would be refused by the database, every time."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING

from microshop.payments.providers.port import Decline, FundsMovement, Intent, ProviderRefund

if TYPE_CHECKING:
    from microshop.payments.providers.port import Update

type _Part = Update | FundsMovement | Decline

# A thousand times what a provider charges at most; sums of it are far from the limit of a column.
_MOST_MINOR = 10**15
_CURRENCY = re.compile("[A-Z]{3}", re.ASCII)
# As long as the columns of references.
_REFERENCE = re.compile("[!-~]{1,200}", re.ASCII)
_YEARS = range(1970, 2200)


def problem_of(update: Update) -> str | None:
    """Returns which field of an update cannot be applied, and why; None if all can.

    Of an update that is foreign, only the references are read.
    """
    parts: list[_Part] = [update, *_parts_of(update)]
    is_foreign = isinstance(update, Intent | ProviderRefund) and update.foreign
    return next((problem for part in parts if (problem := _problem_of_part(part, is_foreign=is_foreign))), None)


def _parts_of(update: Update) -> list[FundsMovement | Decline]:
    if isinstance(update, Intent):
        return [update.decline] if update.decline else []
    return [] if isinstance(update, ProviderRefund) else list(update.movements)


def _problem_of_part(part: _Part, *, is_foreign: bool) -> str | None:
    for each in fields(part):
        value = getattr(part, each.name)
        if value is None or (is_foreign and not each.name.endswith("reference")):
            continue
        if problem := _problem(part, each.name, value):
            return f"{each.name}: {problem}"
    return None


def _problem(part: _Part, name: str, value: object) -> str | None:
    if name.endswith("_minor"):
        return _problem_of_amount(value, *_range_of(part, name))
    if name == "currency":
        return None if isinstance(value, str) and _CURRENCY.fullmatch(value) else "is no currency"
    if name.endswith("reference"):
        return None if isinstance(value, str) and _REFERENCE.fullmatch(value) else "is no reference"
    if isinstance(value, datetime):
        return None if value.year in _YEARS else "is no time of this shop"
    if isinstance(value, str):
        return _problem_of_text(value)
    return None


def _range_of(part: _Part, name: str) -> tuple[int, int]:
    if isinstance(part, FundsMovement):
        return -_MOST_MINOR, _MOST_MINOR
    is_some = isinstance(part, ProviderRefund) or (name == "captured_minor" and _is_captured(part))
    return int(is_some), _MOST_MINOR


def _is_captured(part: _Part) -> bool:
    return isinstance(part, Intent) and part.status == "captured"


def _problem_of_amount(value: object, least: int, most: int) -> str | None:
    if type(value) is not int:
        return "is no whole number"
    return None if least <= value <= most else f"is not from {least} to {most}"


def _problem_of_text(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return "is no text"
    return None
