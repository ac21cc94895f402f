"""Converts the metadata of annotated types to keywords of JSON schema."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, get_args

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag
from pydantic.fields import FieldInfo

from microshop.categories.schemas import slug
from microshop.exports.schemas import day
from microshop.listings.option_codes import CODE_PATTERN
from microshop.listings.schemas import code
from microshop.orders.countries import country_code
from microshop.orders.schemas import MAX_PHONE_LENGTH, phone_number
from microshop.products.schemas import image_url
from microshop.schemas import OR_BLANK, Text, amount
from microshop.second_factor.totp import check_code
from microshop.slugs import SLUG_PATTERN
from microshop.text import normalise_line, normalise_lines, normalise_prose, normalise_remark
from microshop.users.user import (
    MAX_EMAIL_LENGTH,
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    check_new_password,
    normalise_email,
)
from tools.documents.countries import codes_pattern
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

type Keywords = dict[str, Any]

_KEYWORDS: dict[type, tuple[str, str]] = {
    Ge: ("ge", "minimum"),
    Gt: ("gt", "exclusiveMinimum"),
    Le: ("le", "maximum"),
    Lt: ("lt", "exclusiveMaximum"),
    MinLen: ("min_length", "min{}"),
    MaxLen: ("max_length", "max{}"),
}
_NOT_IN_URLS = r"""\u0000-\u0020\u007f-\u00a0"<>\\^`{|}"""
# The keywords of each validation rule.
_RULES: dict[object, Keywords] = {
    normalise_email: {
        "format": "email",
        "minLength": 5,
        "maxLength": MAX_EMAIL_LENGTH,
        "pattern": r"^([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-])+@([^\s@.]+\.)+[^\s@.0-9][^\s@.]*$",
    },
    check_new_password: {"minLength": MIN_PASSWORD_LENGTH, "maxLength": MAX_PASSWORD_LENGTH},
    code: {"minLength": 1, "pattern": CODE_PATTERN},
    check_code: {"pattern": "^[0-9]{6}$"},
    country_code: {"pattern": codes_pattern()},
    image_url: {"format": "iri", "pattern": rf"^https?://[^{_NOT_IN_URLS}@/?#]+([/?#][^{_NOT_IN_URLS}]*)?$"},
    slug: {"minLength": 1, "pattern": SLUG_PATTERN},
    phone_number: {
        "pattern": r"^[+(]?[0-9 ().\-/]*[0-9]( ?(ext\.?|x|#) ?[0-9]{1,6})?$",
        "minLength": 2,
        "maxLength": MAX_PHONE_LENGTH,
    },
    day: {"type": "string", "format": "date", "pattern": "^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"},
    amount: {
        "anyOf": [
            {"$ref": "#/components/schemas/Amount"},
            {"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000_000_000},
        ]
    },
}
# The part of the text rule that every validator can check: no control characters, no bidi controls, not only blanks.
_NEVER = r"\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_IN_A_LINE = rf"[^\u0000-\u0008\u000a-\u001f{_NEVER}]*"
_IN_LINES = rf"([^\u0000-\u0008\u000b-\u001f{_NEVER}]|\r\n)*"
_BLANK = r"^[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*$"
_SHOWN = rf"[^\s\u0000-\u001f{_NEVER}]"
_LINE, _LINES = rf"^{_IN_A_LINE}{_SHOWN}{_IN_A_LINE}$", rf"^{_IN_LINES}{_SHOWN}{_IN_LINES}$"
# Rules that microshop/schemas.py and others combine with a maximum length.
_RULES_OF_LENGTH: dict[object, Keywords] = {
    normalise_line: {"minLength": 1, "pattern": _LINE},
    normalise_remark: {"minLength": 1, "pattern": _LINE},
    normalise_lines: {"minLength": 1, "pattern": _LINES},
    normalise_prose: {"pattern": f"^{_IN_LINES}$"},
}
# The limit of `Text` protects the rule after it, which has its own limit, from very long texts.
_INPUT_LIMIT = get_args(Text)[1]


def limits_of(json_type: object, notes: Sequence[object]) -> Keywords:
    """Returns the keywords for the metadata `notes` of a value of this JSON type.

    Raises:
        LocalProblem: a note is unknown.
    """
    if len(notes) > 1 and notes[0] is _INPUT_LIMIT:
        notes = notes[1:]
    limits: Keywords = {}
    for note in notes:
        limits |= _with_blank(limits) if note is OR_BLANK else _limit(json_type, note)
    return limits


def _with_blank(limits: Keywords) -> Keywords:
    """Returns the limits of an optional text, which may be blank as well."""
    filled = limits["pattern"]
    is_line = filled == _LINE
    return {"minLength": 0, "pattern": f"^{_IN_A_LINE}$" if is_line else f"{filled}|{_BLANK}"}


def _limit(json_type: object, note: object) -> Keywords:
    if isinstance(note, dict):  # already keywords
        return note
    if isinstance(note, FieldInfo):
        return limits_of(json_type, note.metadata)
    if isinstance(note, AfterValidator | BeforeValidator):
        return _RULES[note.func] if note.func in _RULES else _bound_to_length(note.func)
    if isinstance(note, Tag | Discriminator):
        return {}
    for kind, (attribute, keyword) in _KEYWORDS.items():
        if isinstance(note, kind):
            return {keyword.format("Items" if json_type == "array" else "Length"): getattr(note, attribute)}
    raise LocalProblem(f"tools/documents/limits.py does not know the JSON schema of {note!r}.")


def _bound_to_length(rule: Callable[..., object]) -> Keywords:
    used = inspect.getclosurevars(rule)
    for known, keywords in _RULES_OF_LENGTH.items():
        if known in used.globals.values():
            return {**keywords, "maxLength": used.nonlocals["max_length"]}
    raise LocalProblem(f"Add {rule.__qualname__} to _RULES of tools/documents/limits.py, with its JSON schema.")
