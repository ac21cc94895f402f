"""CSV (RFC 4180) that is safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

type Cell = str | int | Decimal | None

# Marks the file as UTF-8. Without it, Excel reads Chinese in the system's character set.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# Text that a spreadsheet may evaluate as a formula (OWASP: CSV injection), also after white space or invisible
# characters. The last four signs are the full-width forms of = + - @.
_FORMULA = re.compile("[\\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\x00]")


def to_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Returns the rows as UTF-8 without a byte order mark; each ends with CR LF, and None is an empty cell.

    Text is always quoted, so that spreadsheets that split at semicolons do not split it. Text that looks like a formula
    gets a leading apostrophe. Numbers, including negative ones, are not changed, so that a spreadsheet can add them up.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_escape(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _escape(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
