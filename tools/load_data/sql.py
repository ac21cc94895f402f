"""Pieces of SQL that compute values from a row's number."""

from collections.abc import Iterable, Sequence

# A digest has five fractions. CRC32 would be faster, but its values for two salts of a number are related. MySQL 9 has
# no MD5.
_DIGITS, _PIECES = 6, 5


def digest(number: str, salt: str) -> str:
    """Returns the digest of a number, for `fraction`."""
    return f"LEFT(SHA2(CONCAT({number}, '{salt}'), 256), 32)"


def fraction(digest_column: str, piece: int) -> str:
    """Returns a random number of at least 0 and below 1. The pieces 0 to 4 of a digest are independent.

    The factor is a floating-point number: a quotient of integers would be rounded to four decimals, and might be 1.
    """
    assert 0 <= piece < _PIECES  # noqa: S101
    start = 1 + piece * _DIGITS
    return f"(CAST(CONV(SUBSTR({digest_column}, {start}, {_DIGITS}), 16, 10) AS UNSIGNED) * {16**-_DIGITS})"


def one_of(words: Sequence[str], share: str) -> str:
    """Returns the word at a fraction of the list."""
    return f"ELT(1 + FLOOR({share} * {len(words)}), {', '.join(map(quoted, words))})"


def constants(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns a table of constants, in parentheses."""
    selects = [
        "SELECT " + ", ".join(f"{literal(value)} AS {column}" for column, value in zip(columns, row, strict=True))
        for row in rows
    ]
    return f"({' UNION ALL '.join(selects)})"


def literal(value: object) -> str:
    """Returns a constant of this program as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int, float)):
        return str(value)
    return quoted(str(value))


def quoted(text: str) -> str:
    """Returns a text of this program as SQL. It may contain no quote, backslash or percent sign."""
    assert not set(text) & set("'\\%"), text  # noqa: S101
    return f"'{text}'"
