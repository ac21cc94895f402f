"""The local payment provider reads forms as Stripe does."""

from typing import Any

import pytest

from tools.local.stripe.errors import Refused
from tools.local.stripe.parameters import as_integer, from_form, from_json


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("amount", "1500")], {"amount": "1500"}),
        ([("metadata[order]", "7"), ("metadata[a]", "")], {"metadata": {"order": "7", "a": ""}}),
        ([("expand[]", "a"), ("expand[]", "b")], {"expand": ["a", "b"]}),
        ([("expand[1]", "b"), ("expand[0]", "a"), ("expand[10]", "k")], {"expand": ["a", "b", "k"]}),
        ([("a[b][c][0][d]", "x"), ("a[b][e]", "y")], {"a": {"b": {"c": [{"d": "x"}], "e": "y"}}}),
        ([("created[gte]", "5")], {"created": {"gte": "5"}}),
        ([], {}),
    ],
)
def test_names_are_paths(pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert from_form(pairs) == expected


@pytest.mark.parametrize(
    "pairs", [[("a[b", "x")], [("a]b", "x")], [("[a]", "x")], [("", "x")], [("a", "x"), ("a[b]", "y")]]
)
def test_a_name_that_is_no_path_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused) as refused:
        from_form(pairs)

    assert refused.value.status == 400


@pytest.mark.parametrize("body", ["", "[]", "7", "{", '"text"'])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    with pytest.raises(Refused):
        from_json(body)


@pytest.mark.parametrize(("value", "expected"), [("15", 15), (15, 15), ("-1", -1), (None, None)])
def test_whole_numbers_are_read(value: object, expected: int | None) -> None:
    assert as_integer({"amount": value}, "amount") == expected


@pytest.mark.parametrize("value", ["", "1.5", "\u0661", "1e3", "9" * 30, True, [1]])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(Refused) as refused:
        as_integer({"amount": value}, "amount")

    assert refused.value.error["code"] == "parameter_invalid_integer"
