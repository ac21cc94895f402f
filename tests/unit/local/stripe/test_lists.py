"""Lists of the local payment provider: newest first, paged and filtered like Stripe's."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from tests.support.table_rows import not_refused, wrong_answers
from tools.local.stripe.book import Entry, page
from tools.local.stripe.errors import Refused
from tools.local.stripe.upstream import Upstream

if TYPE_CHECKING:
    import aiohttp

# All of the same second, as in tests: only the order of creation distinguishes them.
_NEWEST_FIRST = [
    *(Entry("refund", f"re_{n}", 1000, {"payment_intent": f"pi_{n % 2}", "charge": None}) for n in range(24, -1, -1)),
    Entry("charge", "ch_1", 1000, {"payment_intent": "pi_1", "customer": None}),
    Entry("refund", "re_old", 500, {"payment_intent": "pi_9", "charge": None}),
]


def _ids(query: dict[str, Any], kind: str = "refund") -> list[str]:
    return [entry.identifier for entry in page(kind, _NEWEST_FIRST, query).entries]


def test_page_has_the_ten_newest_by_default() -> None:
    assert _ids({}) == [f"re_{n}" for n in range(24, 14, -1)]


def test_pages_reach_the_end_without_gap_or_overlap() -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"limit": "7"}
    while (found := page("refund", _NEWEST_FIRST, query)).has_more:
        seen += [entry.identifier for entry in found.entries]
        query["starting_after"] = seen[-1]
    seen += [entry.identifier for entry in found.entries]

    assert seen == [*(f"re_{n}" for n in range(24, -1, -1)), "re_old"]


def test_page_may_end_before_one() -> None:
    found = page("refund", _NEWEST_FIRST, {"ending_before": "re_20", "limit": 2})

    assert [entry.identifier for entry in found.entries] == ["re_22", "re_21"]
    assert found.has_more


def test_list_is_of_one_kind() -> None:
    assert _ids({}, "charge") == ["ch_1"]


def test_list_is_narrowed_to_an_attribute_of_its_entries() -> None:
    assert _ids({"payment_intent": "pi_9"}) == ["re_old"]
    assert _ids({"payment_intent": "pi_0", "limit": 2}) == ["re_24", "re_22"]


def test_page_may_start_after_an_entry_outside_the_filter() -> None:
    assert _ids({"payment_intent": "pi_0", "starting_after": "re_3"}) == ["re_2", "re_0"]


def test_list_is_narrowed_to_a_time() -> None:
    rows: list[tuple[object, list[str]]] = [
        ({"lt": "1000"}, ["re_old"]),
        ({"lte": "500"}, ["re_old"]),
        ({"gt": "499", "lt": "501"}, ["re_old"]),
        ({"gte": "501", "lt": "1000"}, []),
        ({"gt": "1000"}, []),
        ("500", ["re_old"]),
    ]

    assert wrong_answers(lambda created: _ids({"created": created}), rows) == []


def test_list_is_refused_when_its_query_makes_no_sense() -> None:
    queries = [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "many"},
        {"starting_after": "re_nobody"},
        {"starting_after": "ch_1"},
        {"created": {"around": "5"}},
        {"created": {"gt": "x"}},
        {"colour": "red"},
    ]

    assert not_refused(lambda query: page("refund", _NEWEST_FIRST, query), queries, "", Refused) == []


def test_entry_of_a_list_costs_no_request() -> None:
    nobody = cast("aiohttp.ClientSession", None)
    store = {("payment_intent", "pi_1"): {"id": "pi_1"}}
    upstream = Upstream(nobody, "", lambda kind, identifier: store.get((kind, identifier)))

    assert asyncio.run(upstream.get("payment_intent", "pi_1")) == {"id": "pi_1"}
