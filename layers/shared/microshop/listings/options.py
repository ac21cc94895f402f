"""Options: what the variants of a listing differ in, such as colour and size.

Options and values have codes in ASCII, which keys and filters use, and names in each language, which pages show.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput
from microshop.languages import in_language
from microshop.products.product import MAX_NAME_LENGTH
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_OPTIONS = 3
MAX_VALUES = 100
MAX_OPTION_NAME_LENGTH = 50


class OptionValue(Value):
    """A value of an option, such as red, with its names by language."""

    code: str
    name: Mapping[str, str]


class Option(Value):
    """An option and its values, in the order in which a page shows them."""

    code: str
    name: Mapping[str, str]
    values: tuple[OptionValue, ...]

    def value(self, code: str) -> OptionValue | None:
        """Returns the value with this code, or None."""
        return next((value for value in self.values if value.code == code), None)


def options_key(chosen: Mapping[str, str]) -> str:
    """Returns the options of a variant as a key: equal options give equal keys. The inverse of `chosen_options`."""
    return ";".join(f"{code}={value}" for code, value in sorted(chosen.items()))


def chosen_options(key: str) -> dict[str, str]:
    """Returns the options of a variant, code by code, from their key."""
    return dict(pair.split("=") for pair in key.split(";")) if key else {}


def check_chosen(options: Sequence[Option], chosen: Mapping[str, str], field: str) -> None:
    """Check that a variant has exactly one known value of each option.

    Raises:
        InvalidInput: an option is missing or unknown, or has no such value. `field` begins the names of the fields.
    """
    problems = [
        FieldProblem(f"{field}.{option.code}", "is required") for option in options if option.code not in chosen
    ]
    known = {option.code: option for option in options}
    for code, value in chosen.items():
        if code not in known:
            problems.append(FieldProblem(f"{field}.{code}", "is not an option of the listing"))
        elif known[code].value(value) is None:
            problems.append(FieldProblem(f"{field}.{code}", f"must be a value of the option, not {value}"))
    if problems:
        raise InvalidInput(*problems)


def require_options_kept(before: Sequence[Option], after: Sequence[Option], keys: Iterable[str]) -> None:
    """Check that the variants of a listing, with these `options_key`s, still have exactly one known value per option.

    Raises:
        InvalidInput: an option is added or removed, or a value is removed that a variant has.
    """
    used = {pair for key in keys for pair in chosen_options(key).items()}
    known, places = {option.code for option in before}, {option.code: place for place, option in enumerate(after)}
    problems = [
        FieldProblem(f"options.{place}", "cannot be added while the listing has variants")
        for code, place in places.items()
        if code not in known
    ]
    problems += [
        FieldProblem("options", f"must keep the option {code}, which the variants have")
        for code in sorted(known - places.keys())
    ]
    problems += [
        FieldProblem(f"options.{places[code]}.values", f"must keep the value {value}, which a variant has")
        for code, value in sorted(used)
        if code in places and after[places[code]].value(value) is None
    ]
    if problems:
        raise InvalidInput(*problems)


def variant_name(listing_name: str, options: Sequence[Option], chosen: Mapping[str, str], language: str) -> str:
    """Returns the name of a variant in the default language, such as `Linen shirt (Red, M)`. At most 200 characters."""
    values = [
        in_language(value.name, language, language)
        for option in options
        if (value := option.value(chosen[option.code]))
    ]
    if not values:
        return listing_name
    suffix = f" ({', '.join(values)})"
    if len(listing_name) + len(suffix) <= MAX_NAME_LENGTH:
        return listing_name + suffix
    room = max(MAX_NAME_LENGTH - len(suffix) - 1, 0)
    return f"{listing_name[:room].rstrip()}…{suffix}"[:MAX_NAME_LENGTH]


def options_json(options: Sequence[Option]) -> str:
    """Returns the JSON of `listings.options`. The inverse of `parse_options`."""
    shapes = [
        {
            "code": option.code,
            "name": dict(option.name),
            "values": [{"code": value.code, "name": dict(value.name)} for value in option.values],
        }
        for option in options
    ]
    return json.dumps(shapes, ensure_ascii=False)


def parse_options(stored: str) -> tuple[Option, ...]:
    """Returns the options in the JSON of `listings.options`."""
    return tuple(
        Option(
            shape["code"],
            shape["name"],
            tuple(OptionValue(value["code"], value["name"]) for value in shape["values"]),
        )
        for shape in json.loads(stored)
    )
