"""Address lines for a parcel, in the order of each country."""

from copy import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.orders.address_lines import address_lines
from microshop.orders.order import Address
from microshop.orders.view import order_view
from tests.support.order_builders import a_line, an_order
from tests.support.table_rows import wrong_answers
from tools.documents.countries import COUNTRIES_FILE

_CODES = [row.split("\t")[0] for row in COUNTRIES_FILE.read_text(encoding="utf-8").splitlines() if row[:1].strip("#\t")]
_PARTS = st.text("abcxyz 123上海", min_size=1, max_size=12).filter(str.strip).map(str.strip)
_FIELDS = ("street2", "city", "region", "postal_code")


def test_address_has_the_lines_of_its_country() -> None:
    rows = [
        ("US", {"city": "Springfield", "region": "IL", "postal_code": "62701"}, ["Springfield, IL 62701"]),
        ("US", {"city": "Springfield", "postal_code": "62701"}, ["Springfield 62701"]),
        ("US", {"city": "Springfield"}, ["Springfield"]),
        ("GB", {"street2": "Flat 2", "city": "London", "postal_code": "SW1Y 4JH"}, ["Flat 2", "London", "SW1Y 4JH"]),
        ("DE", {"city": "Berlin", "postal_code": "10115"}, ["10115 Berlin"]),
        (
            "DE",
            {"city": "Kiel", "region": "Schleswig-Holstein", "postal_code": "24103"},
            ["24103 Kiel", "Schleswig-Holstein"],
        ),
        ("CH", {"city": "Bern", "postal_code": "3000"}, ["CH-3000 Bern"]),
        ("BR", {"city": "Brasilia", "region": "DF", "postal_code": "70000-000"}, ["Brasilia-DF", "70000-000"]),
        ("CN", {"city": "Shanghai", "region": "Shanghai", "postal_code": "200001"}, ["Shanghai", "Shanghai, 200001"]),
        ("AE", {"city": "Dubai"}, ["Dubai"]),
        ("SG", {"city": "Singapore", "postal_code": "238801"}, ["SINGAPORE 238801"]),
        ("GG", {"city": "St Peter", "postal_code": "GY1 1AA"}, ["St Peter", "GUERNSEY", "GY1 1AA"]),
        ("UK", {"city": "London", "postal_code": "SW1Y 4JH"}, ["London SW1Y 4JH"]),
    ]

    def lines_of(country: str, parts: dict[str, str]) -> list[str]:
        person, street, *lines, _ = address_lines(
            {"recipient": "Ada", "street": "1 High St", **parts, "country": country, "phone": "+1 555"}
        )
        assert (person, street) == ("Ada", "1 High St")
        return lines

    assert wrong_answers(lines_of, rows) == []


def test_address_in_the_countrys_script_begins_with_the_largest_part() -> None:
    address = {
        "recipient": "李小雨",
        "street": "人民路 8 号",
        "city": "上海",
        "region": "上海市",
        "postal_code": "200001",
        "country": "CN",
    }

    assert address_lines(address) == ["200001", "上海市上海", "人民路 8 号", "李小雨", "CHINA"]


def test_last_line_names_the_country() -> None:
    def last(country: str) -> str:
        return address_lines({"recipient": "Ada", "street": "1 High St", "country": country})[-1]

    assert [last(country) for country in ("GB", "HU", "TW", "UK")] == ["UNITED KINGDOM", "HUNGARY", "TAIWAN", "UK"]


@given(
    st.sampled_from(_CODES),
    st.fixed_dictionaries({"recipient": _PARTS, "street": _PARTS}, optional=dict.fromkeys(_FIELDS, _PARTS)),
)
def test_no_part_of_an_address_is_lost(country: str, parts: dict[str, str]) -> None:
    lines = address_lines({**parts, "country": country})

    shown = "\n".join(lines).casefold()
    assert [part for part in parts.values() if part.casefold() not in shown] == []
    assert all(line and line == line.strip() for line in lines)


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ("1 Main Street", ["1 Main Street"]),
        (" Ada \n\n1 Main Street\r\nSpringfield", ["Ada", "1 Main Street", "Springfield"]),
        ({"recipient": "Ada", "street": "1 High St", "country": "FR"}, ["Ada", "1 High St", "FRANCE"]),
    ],
)
def test_order_shows_the_lines_of_both_kinds_of_address(address: Address, lines: list[str]) -> None:
    assert order_view(replace(an_order(a_line()), address=address))["address_lines"] == lines
