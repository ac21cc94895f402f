"""Ids and numbers of orders."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.orders.numbers import end_order_id, first_order_id, new_order_id, new_order_number
from tests.support.builders import NOON

_SHOP_TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2094, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
_ALL_TIMES = st.datetimes(timezones=st.just(UTC))
_MILLISECOND = timedelta(milliseconds=1)


@given(_SHOP_TIMES, st.timedeltas(_MILLISECOND, timedelta(days=365)))
def test_order_id_is_higher_a_millisecond_later(earlier: datetime, wait: timedelta) -> None:
    assert new_order_id(earlier) < new_order_id(earlier + wait)


@given(_SHOP_TIMES)
def test_order_id_is_a_safe_integer_of_javascript(moment: datetime) -> None:
    assert 0 <= new_order_id(moment) < 2**53


@given(_SHOP_TIMES)
def test_order_id_lies_between_the_bounds_of_its_moment(moment: datetime) -> None:
    assert first_order_id(moment) <= new_order_id(moment) < end_order_id(moment)


@given(_SHOP_TIMES, st.timedeltas(timedelta(), timedelta(days=365)))
def test_bounds_of_a_period_include_every_order_of_it(moment: datetime, wait: timedelta) -> None:
    assert first_order_id(moment) <= new_order_id(moment + wait)
    assert new_order_id(moment) < end_order_id(moment + wait)


@pytest.mark.parametrize("extreme", [0, (1 << 12) - 1])
def test_random_part_never_reaches_the_next_millisecond(extreme: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microshop.orders.numbers.secrets.randbelow", lambda _limit: extreme)

    assert first_order_id(NOON) <= new_order_id(NOON) < first_order_id(NOON + _MILLISECOND)


@given(_ALL_TIMES)
def test_bounds_of_any_time_are_possible_ids(moment: datetime) -> None:
    assert 0 <= first_order_id(moment) < end_order_id(moment) < 2**63


def test_bound_before_the_shop_is_zero() -> None:
    assert first_order_id(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_orders_of_one_millisecond_mostly_have_different_ids() -> None:
    assert len({new_order_id(NOON) for _ in range(100)}) > 50


def test_order_number_has_only_unambiguous_characters() -> None:
    drawn = [new_order_number() for _ in range(1000)]

    assert [
        number for number in drawn if not re.fullmatch(r"MS-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", number)
    ] == []
    assert len(set(drawn)) == 1000
