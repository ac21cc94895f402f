"""The rules of postal addresses and phone numbers in each country.

The table countries.tsv is computed (tools/documents/countries.py). The first address with fields loads it, and each
country's line is parsed on demand. docs/decisions/0050-country-data.md has the reasons.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

_MAX_E164_DIGITS = 15  # ITU-T E.164, 6.2.1: with the calling code
_SHORTEST_NATIONAL = 4
# Wrong codes that people use for a country: the EU's, withdrawn ones, and codes of languages and vehicles.
_WRONG_CODES = {
    "UK": "GB", "EN": "GB", "EL": "GR", "JA": "JP", "KO": "KR", "SP": "ES", "DD": "DE", "FX": "FR", "BU": "MM",
    "TP": "TL", "ZR": "CD", "YD": "YE", "HV": "BF", "DY": "BJ", "RH": "ZW", "NH": "VU",
}  # fmt: skip
# Patterns as text, so that `re` compiles them for the first address with fields, not at every cold start.
_TWO_LETTERS, _THREE_LETTERS = "[A-Z]{2}", "[A-Z]{3}"
_DASHES = r"[\u2010-\u2015\u2212\uff0d]"
_SEPARATORS = "[ -]"
# The former European country prefix of postal codes: D-10115, CH-8001.
_PREFIX = "^[A-Z]{1,3} ?- ?(?=[0-9])"
_EXTENSION = r" ?(?:[Ee][Xx][Tt]\.?|[Xx#]) ?[0-9]{1,6}$"
_PHONE = r"\+? ?\(?[0-9][0-9 ().\-/]*"
_NOT_A_DIGIT = "[^0-9]"
_COMMON_FORM = "%N%n%A%n%C %S %Z"


class Country(NamedTuple):
    """A row of the table. An empty pattern means that the country has no postal codes, or that their format is unknown.

    `latin_form` is the format of addresses in Latin letters, if it differs from `form` (orders/address_lines.py).
    """

    code: str
    code3: str
    required: str
    calling_code: str
    shortest: str
    longest: str
    pattern: str
    example: str
    form: str
    latin_form: str
    name: str


def country_code(text: str) -> str:
    """Returns the country's two-letter code (ISO 3166-1) in capital letters.

    Raises:
        ValueError: there is no such country; the message names the right code if it is known.
    """
    code = text.strip().upper()
    if re.fullmatch(_TWO_LETTERS, code) and f"\n{code}\t" in _table():
        return code
    if (correct := _correct_code(code)) is not None:
        raise ValueError(f"must be a two-letter country code (ISO 3166-1): {correct}, not {code}")
    raise ValueError("must be a two-letter country code such as US (ISO 3166-1)")


def country_of(code: str) -> Country:
    """Returns the row of a code that `country_code` has returned."""
    return _country(f"\n{code}\t")


def known_country(code: str) -> Country:
    """Returns the row of a code in a stored address, or a generic row if an older address has an unknown code."""
    if code and f"\n{code}\t" in _table():
        return country_of(code)
    return Country(code, "", "", "", "", "", "", "", _COMMON_FORM, "", code)


def missing_part(country: Country, *, city: str | None, region: str | None, postal_code: str | None) -> str | None:
    """Returns the first part that the country requires and the address lacks, or None.

    If only a region is required, as in Hong Kong and Japan, a city is accepted instead: people write one or the other.
    """
    if "S" in country.required and not region and ("C" in country.required or not city):
        return "region" if city else "city"
    if "C" in country.required and not city:
        return "city"
    return "postal_code" if "Z" in country.required and not postal_code else None


def normalise_postal_code(text: str, country: Country) -> str:
    """Returns the postal code in the country's official format: capital letters and the official separator.

    A text of another format is only trimmed and capitalised, unless the country requires a postal code.

    Raises:
        ValueError: the country requires a postal code, and the text does not have its format.
    """
    typed = " ".join(re.sub(_DASHES, "-", unicodedata.normalize("NFKC", text)).upper().split())
    if not country.pattern:
        return typed
    pattern = re.compile(country.pattern, re.ASCII)
    for form in _forms(re.sub(_PREFIX, "", typed), typed, country):
        if pattern.fullmatch(form):
            return form
    if "Z" in country.required:
        raise ValueError(f"must be a postal code of {country.code} such as {country.example}")
    return typed


def normalise_phone(text: str) -> str:
    """Returns the number in ASCII digits with single spaces. Removes the bidi controls that copied contacts contain."""
    visible = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    digits = "".join(str(unicodedata.digit(each)) if each.isdecimal() else each for each in visible)
    return " ".join(re.sub(_DASHES, "-", digits).split())


def check_phone(phone: str, country: Country) -> None:
    """Check a cleaned number: an international one with +, or one as dialled in `country`.

    Checks only the calling code and the number of digits, because number ranges change monthly.

    Raises:
        ValueError: the number cannot exist in the country.
    """
    number = re.sub(_EXTENSION, "", phone)
    if not re.fullmatch(_PHONE, number) or not _can_exist(number, country):
        raise ValueError(f"must be a phone number of {country.code}, or begin with + and a country's calling code")


def _can_exist(number: str, country: Country) -> bool:
    # An international number does not include the trunk prefix in brackets: +49 (0)30 …
    digits = re.sub(_NOT_A_DIGIT, "", number.replace("(0)", "") if number[0] == "+" else number)
    if number[0] == "+" or digits.startswith("00"):
        return _is_international(digits.removeprefix("00"))
    shortest, longest = int(country.shortest or _SHORTEST_NATIONAL), int(country.longest or _MAX_E164_DIGITS)
    return shortest <= len(digits) <= longest + 2  # a trunk prefix has up to two digits


def _is_international(digits: str) -> bool:
    if len(digits) > _MAX_E164_DIGITS:
        return False
    for length in (1, 2, 3):  # no calling code begins with another
        lengths = _lengths(digits[:length])
        if lengths is not None:
            return lengths[0] <= len(digits) - length <= lengths[1]
    return False


@functools.cache
def _lengths(calling_code: str) -> tuple[int, int] | None:
    found = [row.split("\t")[4:6] for row in _table().splitlines() if row.split("\t")[3:4] == [calling_code]]
    return (min(int(row[0]) for row in found), max(int(row[1]) for row in found)) if found else None


def _forms(bare: str, typed: str, country: Country) -> list[str]:
    """Returns the ways to write a postal code. Those that resemble the country's example come first."""
    compact = re.sub(_SEPARATORS, "", bare)
    separated = [compact[:place] + sign + compact[place:] for sign in "- " for place in range(1, len(compact))]
    with_prefix = [country.code + compact, f"{country.code}-{compact}"]
    plain = [compact, bare, typed, *with_prefix]
    return [*separated, *plain] if re.search(_SEPARATORS, country.example) else [*plain, *separated]


def _correct_code(code: str) -> str | None:
    if code in _WRONG_CODES:
        return _WRONG_CODES[code]
    # Some front ends send the code of three letters.
    at = _table().find(f"\t{code}\t") if re.fullmatch(_THREE_LETTERS, code) else -1
    return _table()[at - 2 : at] if at > 0 else None


@functools.cache
def _country(row_begin: str) -> Country:
    begin = _table().index(row_begin) + 1
    return Country(*_table()[begin : _table().index("\n", begin)].split("\t"))


@functools.cache
def _table() -> str:
    return Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8")
