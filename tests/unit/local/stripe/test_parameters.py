"""The local payment provider parses parameters as Stripe does."""

from typing import Any

from tests.support.table_rows import not_refused, wrong_answers
from tools.local.stripe.errors import Refused
from tools.local.stripe.parameters import as_integer, from_form, from_json


def test_parameter_names_are_parsed_as_paths() -> None:
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


def test_form_with_an_invalid_name_is_refused() -> None:
    def status(pairs: list[tuple[str, str]]) -> object:
        try:
            return from_form(pairs)
        except Refused as refused:
            return refused.status

    forms = [[("a[b", "x")], [("a]b", "x")], [("[a]", "x")], [("", "x")], [("a", "x"), ("a[b]", "y")]]

    assert wrong_answers(status, [(pairs, 400) for pairs in forms]) == []


def test_body_is_refused_unless_it_is_a_json_object() -> None:
    assert not_refused(from_json, ["", "[]", "7", "{", '"text"'], "", Refused) == []


def test_integer_is_parsed() -> None:
    rows: list[tuple[object, int | None]] = [("15", 15), (15, 15), ("-1", -1), (None, None)]

    assert wrong_answers(lambda value: as_integer({"amount": value}, "amount"), rows) == []


def test_value_is_refused_unless_it_is_an_integer() -> None:
    def code(value: object) -> object:
        try:
            return as_integer({"amount": value}, "amount")
        except Refused as refused:
            return refused.error["code"]

    values: list[object] = ["", "1.5", "\u0661", "1e3", "9" * 30, True, [1]]

    assert wrong_answers(code, [(value, "parameter_invalid_integer") for value in values]) == []
