import pytest

from microshop.errors import InvalidInput
from microshop.listings.options import (
    Option,
    OptionValue,
    check_chosen,
    chosen_options,
    options_json,
    options_key,
    parse_options,
    variant_name,
)

COLOR = Option(
    "color",
    {"en": "Colour", "zh": "颜色"},
    (OptionValue("red", {"en": "Red", "zh": "红色"}), OptionValue("blue", {"en": "Blue"})),
)
SIZE = Option("size", {"en": "Size"}, (OptionValue("m", {"en": "M"}), OptionValue("l", {"en": "L"})))


def test_key_is_the_same_for_equal_options() -> None:
    assert (
        options_key({"size": "m", "color": "red"}) == options_key({"color": "red", "size": "m"}) == "color=red;size=m"
    )


@pytest.mark.parametrize("chosen", [{}, {"color": "red"}, {"color": "red", "size": "m"}])
def test_key_contains_all_options(chosen: dict[str, str]) -> None:
    assert chosen_options(options_key(chosen)) == chosen


@pytest.mark.parametrize(
    ("chosen", "fields"),
    [
        ({"color": "red"}, ["options.size"]),
        ({"color": "red", "size": "m", "cut": "slim"}, ["options.cut"]),
        ({"color": "green", "size": "m"}, ["options.color"]),
        ({}, ["options.color", "options.size"]),
    ],
)
def test_variant_must_have_one_known_value_of_each_option(chosen: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_chosen([COLOR, SIZE], chosen, "options")

    assert [problem.field for problem in refused.value.problems] == fields


def test_name_of_a_variant_has_its_values_in_the_order_of_the_listing() -> None:
    assert variant_name("Linen shirt", [SIZE, COLOR], {"color": "red", "size": "m"}, "en") == "Linen shirt (M, Red)"
    assert variant_name("Linen shirt", [], {}, "en") == "Linen shirt"


def test_name_of_a_variant_fits_into_its_column() -> None:
    name = variant_name("x" * 200, [COLOR], {"color": "red"}, "en")

    assert len(name) <= 200
    assert name.endswith("… (Red)")


def test_stored_options_are_read_as_they_were_written() -> None:
    assert parse_options(options_json([COLOR, SIZE])) == (COLOR, SIZE)
