"""CSV (RFC 4180) that a spreadsheet can open without running what is in it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

type Cell = str | int | Decimal | None

# How spreadsheets tell that a file is UTF-8: without it, Excel takes Chinese for the system's own character set.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# What a spreadsheet may take for a formula: OWASP's page on CSV injection, also where blanks or characters that show
# nothing come before it. The last four are = + - @ in the width of Chinese.
_FORMULA = re.compile("[\\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\x00]")


def to_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as UTF-8 without a byte order mark, each ended by CR LF; None is an empty cell.

    Text stands in quotes, also where CSV needs none: a spreadsheet that splits at semicolons then makes no cell of what
    follows one. Text that looks like a formula gets an apostrophe before it. Numbers stand as they are, negative ones
    with a minus, so that they can be added up.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
