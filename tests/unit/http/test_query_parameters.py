"""The reader of query parameters: values, bounds and refusals."""

from collections.abc import Mapping, Sequence

import pytest

from microshop.errors import FieldProblem, InvalidInput
from microshop.http.query import QueryParameters
from tests.support.table_rows import not_refused


def _problems(query: QueryParameters) -> list[FieldProblem]:
    with pytest.raises(InvalidInput) as refusal:
        query.finish()
    return list(refusal.value.problems)


def _query(values: Mapping[str, Sequence[str]] | None = None, **single: str) -> QueryParameters:
    return QueryParameters({**(values or {}), **{name: [value] for name, value in single.items()}})


def test_missing_parameter_has_its_default() -> None:
    query = _query()

    found = (query.text("a", 5), query.choice("b", ("x",), "x"), query.integer("c", 1, 9, 5), query.flag("d"))

    query.finish()
    assert found == (None, "x", 5, None)


def test_valid_values_are_read() -> None:
    query = _query(a="word", b="y", c="9", d="false", e="21")

    found = (
        query.text("a", 5),
        query.choice("b", ("x", "y"), "x"),
        query.integer("c", 1, 9, 5),
        query.flag("d"),
        query.parse("e", int),
    )

    query.finish()
    assert found == ("word", "y", 9, False, 21)


@pytest.mark.parametrize("text", ["", "123456"])
def test_text_is_refused_when_it_is_empty_or_too_long(text: str) -> None:
    query = _query(a=text)

    query.text("a", 5)

    assert _problems(query) == [FieldProblem("a", "must have 1 to 5 characters")]


@pytest.mark.parametrize("choice", ["", "z", "X", "x "])
def test_unknown_choice_is_refused_with_the_known_ones(choice: str) -> None:
    query = _query(a=choice)

    query.choice("a", ("y", "x"), "x")

    assert _problems(query) == [FieldProblem("a", "must be one of x, y")]


def test_number_is_refused_when_it_is_not_whole_or_out_of_bounds() -> None:
    numbers = ["", "0", "101", "-1", "+5", "5.0", "1e1", " 5", "\u0665", "0x5", "5_0", "9" * 19, "9" * 5000]

    def read(number: str) -> None:
        query = _query(limit=number)
        query.integer("limit", 1, 100, 20)
        query.finish()

    assert not_refused(read, numbers, "limit: must be a whole number from 1 to 100", InvalidInput) == []


@pytest.mark.parametrize("flag", ["", "1", "0", "TRUE", "yes"])
def test_flag_is_refused_unless_true_or_false(flag: str) -> None:
    query = _query(in_stock=flag)

    query.flag("in_stock")

    assert _problems(query) == [FieldProblem("in_stock", "must be true or false")]


def test_reason_of_a_parser_reaches_the_client() -> None:
    def refuse(_text: str) -> int:
        raise ValueError("must be nicer")

    query = _query(a="x")

    query.parse("a", refuse)

    assert _problems(query) == [FieldProblem("a", "must be nicer")]


def test_parameter_given_twice_is_refused_even_with_the_same_value() -> None:
    query = _query({"a": ["x", "x"]})

    query.text("a", 5)

    assert _problems(query) == [FieldProblem("a", "is given more than once")]


@pytest.mark.parametrize("character", ["\x00", "\ud800"], ids=ascii)
def test_character_that_cannot_be_stored_is_refused(character: str) -> None:
    query = _query(a=f"x{character}")

    query.text("a", 5)

    assert _problems(query) == [FieldProblem("a", "contains a character that cannot be stored")]


def test_unknown_parameters_are_named_in_order() -> None:
    query = _query(b="1", a="1", c="1")

    query.text("c", 5)

    assert [problem.field for problem in _problems(query)] == ["a", "b"]


def test_every_wrong_parameter_is_named_at_once() -> None:
    query = _query(limit="x", sort="y", nonsense="z")

    query.integer("limit", 1, 9, 5)
    query.choice("sort", ("newest",), "newest")

    assert [problem.field for problem in _problems(query)] == ["limit", "sort", "nonsense"]


def test_name_of_an_unknown_parameter_can_be_sent_back() -> None:
    query = _query({"\ud800" + "x" * 100: ["1"], "y" * 100: ["1"]})

    assert [problem.field for problem in _problems(query)] == ["query", "y" * 64]


def test_unknown_parameter_without_a_name_is_named_query() -> None:
    assert [problem.field for problem in _problems(_query({"": ["0"]}))] == ["query"]


def test_public_endpoint_ignores_only_unknown_parameters() -> None:
    query = QueryParameters({"utm_source": ["a", "b"], "": ["0"], "limit": ["5", "5"]}, ignores_unknown=True)

    query.integer("limit", 1, 9, 5)

    assert [problem.field for problem in _problems(query)] == ["limit"]


def test_parameters_with_a_prefix_are_parsed_with_all_their_values() -> None:
    query = _query({"option.size": ["m", "l"], "option.color": ["red"]}, size="1")

    found = query.parse_each("option.", lambda name, values: (name, list(values)))

    assert found == [("size", ["m", "l"]), ("color", ["red"])]
    assert _problems(query) == [FieldProblem("size", "is not a parameter of this endpoint")]


def test_a_refused_parameter_with_a_prefix_is_named() -> None:
    def refuse(name: str, values: Sequence[str]) -> None:
        raise ValueError(f"is unknown: {name}, {values[0]}")

    query = _query({"option.size": ["m"], "option.\ud800": ["x"]})

    assert query.parse_each("option.", refuse) == []
    assert [problem.field for problem in _problems(query)] == ["option.size", "query"]
