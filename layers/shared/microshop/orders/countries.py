"""What a postal address needs in each country, and which phone numbers can exist there.

The table beside this file is computed (tools/documents/countries.py). It is read when the first address with fields
arrives, and the line of a country is parsed when it is needed. docs/decisions/0050-country-data.md has the reasons.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

_MAX_E164_DIGITS = 15  # ITU-T E.164, 6.2.1: with the calling code
_SHORTEST_NATIONAL = 4
# Codes that people confuse with a country's own: the EU's, withdrawn ones, languages and vehicles.
_MISTAKEN = {
    "UK": "GB", "EN": "GB", "EL": "GR", "JA": "JP", "KO": "KR", "SP": "ES", "DD": "DE", "FX": "FR", "BU": "MM",
    "TP": "TL", "ZR": "CD", "YD": "YE", "HV": "BF", "DY": "BJ", "RH": "ZW", "NH": "VU",
}  # fmt: skip
# Patterns as text: `re` compiles one with the first address that has fields, not at every start of a function.
_TWO_LETTERS, _THREE_LETTERS = "[A-Z]{2}", "[A-Z]{3}"
_DASHES = r"[\u2010-\u2015\u2212\uff0d]"
_SEPARATORS = "[ -]"
# How Europe marked postal codes before it stopped: D-10115, CH-8001.
_PREFIX = "^[A-Z]{1,3} ?- ?(?=[0-9])"
_EXTENSION = r" ?(?:[Ee][Xx][Tt]\.?|[Xx#]) ?[0-9]{1,6}$"
_PHONE = r"\+? ?\(?[0-9][0-9 ().\-/]*"
_NOT_A_DIGIT = "[^0-9]"
_COMMON_FORM = "%N%n%A%n%C %S %Z"


class Country(NamedTuple):
    """A row of the table. An empty pattern means that the country has no postal codes, or none of a known form.

    `latin_form` is the form of addresses in Latin letters, if they have one of their own (orders/address_lines.py).
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
    """Return the country's two letters (ISO 3166-1), in capital letters.

    Raises:
        ValueError: there is no such country; the message names the right code if it is known.
    """
    code = text.strip().upper()
    if re.fullmatch(_TWO_LETTERS, code) and f"\n{code}\t" in _table():
        return code
    if (meant := _meant(code)) is not None:
        raise ValueError(f"must be a country's two letters (ISO 3166-1): {meant}, not {code}")
    raise ValueError("must be a country's two letters such as US (ISO 3166-1)")


def country_of(code: str) -> Country:
    """Return the row of a code that `country_code` has returned."""
    return _country(f"\n{code}\t")


def known_country(code: str) -> Country:
    """Return the row of the code in a stored address; older ones may have codes that are in no row."""
    if code and f"\n{code}\t" in _table():
        return country_of(code)
    return Country(code, "", "", "", "", "", "", "", _COMMON_FORM, "", code)


def missing_part(country: Country, *, city: str | None, region: str | None, postal_code: str | None) -> str | None:
    """Return the first part that the country requires and the address lacks, or None.

    If only a region is required, as in Hong Kong and Japan, a city will do: people write one or the other.
    """
    if "S" in country.required and not region and ("C" in country.required or not city):
        return "region" if city else "city"
    if "C" in country.required and not city:
        return "city"
    return "postal_code" if "Z" in country.required and not postal_code else None


def normalise_postal_code(text: str, country: Country) -> str:
    """Return the postal code as the country's post writes it: in capital letters, with the post's separator if any.

    A text of another form stays as it is, unless the country requires a postal code.

    Raises:
        ValueError: the country requires a postal code, and the text does not have its form.
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


def clean_phone(text: str) -> str:
    """Return the number in ASCII digits, with single blanks, without the bidi controls of copied contacts."""
    seen = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    digits = "".join(str(unicodedata.digit(each)) if each.isdecimal() else each for each in seen)
    return " ".join(re.sub(_DASHES, "-", digits).split())


def check_phone(phone: str, country: Country) -> None:
    """Check a cleaned number: international with +, or as dialled in `country`.

    Only the calling code and the number of digits are checked, because ranges of numbers change monthly.

    Raises:
        ValueError: the number cannot exist in the country.
    """
    number = re.sub(_EXTENSION, "", phone)
    if not re.fullmatch(_PHONE, number) or not _can_be_called(number, country):
        raise ValueError(f"must be a phone number of {country.code}, or begin with + and a country's calling code")


def _can_be_called(number: str, country: Country) -> bool:
    # Callers from abroad leave out a trunk prefix in brackets: +49 (0)30 …
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
    """Return the ways to write a postal code, the post's own first."""
    compact = re.sub(_SEPARATORS, "", bare)
    parted = [compact[:place] + sign + compact[place:] for sign in "- " for place in range(1, len(compact))]
    with_prefix = [country.code + compact, f"{country.code}-{compact}"]
    plain = [compact, bare, typed, *with_prefix]
    return [*parted, *plain] if re.search(_SEPARATORS, country.example) else [*plain, *parted]


def _meant(code: str) -> str | None:
    if code in _MISTAKEN:
        return _MISTAKEN[code]
    # The code of three letters that some forms send.
    at = _table().find(f"\t{code}\t") if re.fullmatch(_THREE_LETTERS, code) else -1
    return _table()[at - 2 : at] if at > 0 else None


@functools.cache
def _country(row_begin: str) -> Country:
    begin = _table().index(row_begin) + 1
    return Country(*_table()[begin : _table().index("\n", begin)].split("\t"))


@functools.cache
def _table() -> str:
    return Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8")
