"""CSV that a spreadsheet opens without running formulas."""

import csv
import io
from decimal import Decimal
from itertools import chain

from hypothesis import example, given
from hypothesis import strategies as st

from microshop.exports.csv_file import Cell, to_csv
from tests.support.hostile_text import EMOJI, OPERATORS
from tests.support.table_rows import wrong_answers

_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
_DANGEROUS = f"{_SIGNS}\t\r\n"
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_HOSTILE = st.builds(
    "".join, st.lists(st.sampled_from([*_DANGEROUS, " ", "\u00a0", "\ufeff", "'", '"', ",", ";", "1"]))
)


def _read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


@given(st.lists(st.lists(_TEXTS | _HOSTILE, min_size=1, max_size=5), max_size=5))
@example([OPERATORS, EMOJI])
def test_texts_come_back_unchanged_except_for_an_apostrophe(rows: list[list[str]]) -> None:
    found = _read(to_csv(rows))

    assert [len(row) for row in found] == [len(row) for row in rows]
    for cell, text in zip(chain(*found), chain(*rows), strict=True):
        assert cell in (text, f"'{text}")


@given(_TEXTS | _HOSTILE)
def test_no_text_begins_like_a_formula(text: str) -> None:
    [[cell]] = _read(to_csv([[text]]))

    assert not cell.startswith(tuple(_DANGEROUS))
    assert not cell.lstrip("\t\r\n \u00a0\ufeff").startswith(tuple(_SIGNS))


@given(st.text(st.characters(categories=["L", "N"]), min_size=1), _TEXTS)
def test_text_is_unchanged_when_it_begins_with_a_letter_or_digit(first: str, rest: str) -> None:
    assert _read(to_csv([[first + rest]])) == [[first + rest]]


def test_text_gets_an_apostrophe_when_it_looks_like_a_formula() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r1", "\n1", " =1", "\ufeff=1", "\uff1d1", "\uff0b1", "\uff20a"]

    assert wrong_answers(lambda text: _read(to_csv([[text]])), [(text, [[f"'{text}"]]) for text in texts]) == []


@given(
    st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=2, max_value=10**12, min_value=-(10**12))
)
def test_numbers_stay_numbers_even_below_zero(whole: int, amount: Decimal) -> None:
    line = to_csv([[whole, amount]]).decode()

    assert line == f"{whole},{amount:f}\r\n"


def test_every_text_is_quoted_against_other_separators() -> None:
    row: list[Cell] = ["a;=b", 'say "no"', None, 7, Decimal("-19.90"), "小"]

    assert to_csv([row]).decode() == '"a;=b","say ""no""","",7,-19.90,"小"\r\n'
