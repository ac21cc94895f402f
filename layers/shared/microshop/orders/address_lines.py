"""An address with fields as it is written on a parcel.

The forms are those of libaddressinput, in countries.tsv: `%N` is the recipient, `%A` the street, `%C` the city, `%S`
the region and `%Z` the postal code; `%n` ends a line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from microshop.orders.countries import known_country

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHER_THAN_LATIN = r"[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
_PARTS = re.compile("%[A-Z]|[^%]+")


def address_lines(address: Mapping[str, str]) -> list[str]:
    """Return the lines in the order of the country, whose name is the last one.

    Addresses in Latin letters have an order of their own in some countries. No part is left out: one that the country's
    form lacks has a line before the country's name.
    """
    country = known_country(address.get("country", ""))
    is_latin = not re.search(_OTHER_THAN_LATIN, "".join(address.values()))
    form = country.latin_form or country.form if is_latin else country.form
    parts = _parts(address, form, is_latin=is_latin)
    lines = [line for each in form.split("%n") for line in _filled(each, parts).splitlines()]
    seen = "\n".join(lines).casefold()
    left = [parts[part] for part in "CSZ" if f"%{part}" not in form and parts[part].casefold() not in seen]
    return [line for line in (*lines, *left, country.name) if line]


def _parts(address: Mapping[str, str], form: str, *, is_latin: bool) -> dict[str, str]:
    city, region = address.get("city", ""), address.get("region", "")
    if "%C" not in form and "%S" in form:  # people write one or the other there
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


def _filled(form: str, parts: Mapping[str, str]) -> str:
    """One line of the form: a sign stands between two parts, or before one, and not alone."""
    line, sign = "", ""
    for piece in _PARTS.findall(form):
        if piece[0] != "%":
            sign = piece
            continue
        value = parts.get(piece[1], "")
        if value:
            line += (sign if line or not sign.startswith((" ", ",", "-")) else "") + value
            sign = ""
    has_parts = "%" in form
    return line if has_parts else form
