"""Formats a postal address for a parcel label.

The formats are those of libaddressinput, in countries.tsv: `%N` is the recipient, `%A` the street, `%C` the city, `%S`
the region and `%Z` the postal code; `%n` ends a line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from microshop.orders.countries import known_country

if TYPE_CHECKING:
    from collections.abc import Mapping

_NON_LATIN = r"[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
_PARTS = re.compile("%[A-Z]|[^%]+")


def address_lines(address: Mapping[str, str]) -> list[str]:
    """Returns the lines in the order that the country uses. The country's name is the last line.

    Some countries use another order for addresses in Latin letters. No part is dropped: a part that the country's
    format lacks gets a line before the country's name.
    """
    country = known_country(address.get("country", ""))
    is_latin = not re.search(_NON_LATIN, "".join(address.values()))
    form = country.latin_form or country.form if is_latin else country.form
    parts = _parts(address, form, is_latin=is_latin)
    lines = [line for each in form.split("%n") for line in _fill(each, parts).splitlines()]
    text = "\n".join(lines).casefold()
    missing = [parts[part] for part in "CSZ" if f"%{part}" not in form and parts[part].casefold() not in text]
    return [line for line in (*lines, *missing, country.name) if line]


def _parts(address: Mapping[str, str], form: str, *, is_latin: bool) -> dict[str, str]:
    city, region = address.get("city", ""), address.get("region", "")
    if "%C" not in form and "%S" in form:  # people there write either a city or a region
        region = (f"{city}, {region}" if is_latin else region + city) if city and region else city or region
        city = ""
    street = "\n".join(filter(None, (address.get("street"), address.get("street2"))))
    return {
        "N": address.get("recipient", ""),
        "A": street,
        "C": city,
        "S": region,
        "Z": address.get("postal_code", ""),
    }


def _fill(form: str, parts: Mapping[str, str]) -> str:
    """Returns one line of the format with its values. Drops the separators of empty parts."""
    line, separator = "", ""
    for piece in _PARTS.findall(form):
        if piece[0] != "%":
            separator = piece
            continue
        value = parts.get(piece[1], "")
        if value:
            line += (separator if line or not separator.startswith((" ", ",", "-")) else "") + value
            separator = ""
    has_parts = "%" in form
    return line if has_parts else form
