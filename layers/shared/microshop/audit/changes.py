"""The changed fields of an audit row. Fields with personal data are named without their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Field → (before, after), or None for a withheld value. Values must be serialisable as JSON.
type Changes = Mapping[str, tuple[object, object] | None]

# Free text is among them, because staff write names and addresses into it.
PERSONAL_FIELDS = frozenset({
    "username", "email",
    "address", "address_lines", "recipient", "street", "street2", "city", "region", "postal_code", "phone",
    "tracking_number",
    "reason", "disabled_reason", "reference", "note", "text",
})  # fmt: skip
SECRET_FIELDS = frozenset({"password", "password_hash", "secret", "token", "token_hash", "recovery_codes"})
_WITHHELD = PERSONAL_FIELDS | SECRET_FIELDS
# Longer texts are cut: a page of 100 rows with two descriptions each could exceed the 6 MB of a Lambda response.
_MAX_TEXT = 300


def changed_fields(before: Mapping[str, object], after: Mapping[str, object]) -> Changes:
    """Returns the fields that differ. A field that one side lacks is None there: `{}` is the side before a creation."""
    names = [*before, *(name for name in after if name not in before)]
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return recordable({name: pair for name, pair in pairs.items() if pair[0] != pair[1]})


def recordable(changes: Changes) -> Changes:
    """Returns the changes without values that the log must not have, because nobody can erase them there.

    Long texts are cut.
    """
    return {
        name: None if name in _WITHHELD or pair is None else (_cut(pair[0]), _cut(pair[1]))
        for name, pair in changes.items()
    }


def _cut(value: object) -> object:
    return f"{value[: _MAX_TEXT - 1]}…" if isinstance(value, str) and len(value) > _MAX_TEXT else value
