"""The local payment provider reads forms as Stripe does."""

from typing import Any

from tests.support.table_rows import not_refused, wrong_answers
from tools.local.stripe.errors import Refused
from tools.local.stripe.parameters import as_integer, from_form, from_json


def test_names_of_parameters_are_paths() -> None:
    rows: list[tuple[list[tuple[str, str]], dict[str, Any]]] = [
        ([("amount", "1500")], {"amount": "1500"}),
        ([("metadata[order]", "7"), ("metadata[a]", "")], {"metadata": {"order": "7", "a": ""}}),
        ([("expand[]", "a"), ("expand[]", "b")], {"expand": ["a", "b"]}),
        ([("expand[1]", "b"), ("expand[0]", "a"), ("expand[10]", "k")], {"expand": ["a", "b", "k"]}),
        ([("a[b][c][0][d]", "x"), ("a[b][e]", "y")], {"a": {"b": {"c": [{"d": "x"}], "e": "y"}}}),
        ([("created[gte]", "5")], {"created": {"gte": "5"}}),
        ([], {}),
    ]

    assert wrong_answers(from_form, rows) == []


def test_form_is_refused_when_a_name_is_no_path() -> None:
    def status(pairs: list[tuple[str, str]]) -> object:
        try:
            return from_form(pairs)
        except Refused as refused:
            return refused.status

    forms = [[("a[b", "x")], [("a]b", "x")], [("[a]", "x")], [("", "x")], [("a", "x"), ("a[b]", "y")]]

    assert wrong_answers(status, [(pairs, 400) for pairs in forms]) == []


def test_body_is_refused_when_it_is_no_object() -> None:
    assert not_refused(from_json, ["", "[]", "7", "{", '"text"'], "", Refused) == []


def test_whole_number_is_read() -> None:
    rows: list[tuple[object, int | None]] = [("15", 15), (15, 15), ("-1", -1), (None, None)]

    assert wrong_answers(lambda value: as_integer({"amount": value}, "amount"), rows) == []


def test_number_is_refused_when_it_is_not_whole() -> None:
    def code(value: object) -> object:
        try:
            return as_integer({"amount": value}, "amount")
        except Refused as refused:
            return refused.error["code"]

    values: list[object] = ["", "1.5", "\u0661", "1e3", "9" * 30, True, [1]]

    assert wrong_answers(code, [(value, "parameter_invalid_integer") for value in values]) == []
