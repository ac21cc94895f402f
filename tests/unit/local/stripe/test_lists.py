"""Lists of the local payment provider: newest first, paged and filtered like Stripe's."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from tests.support.table_rows import not_refused, wrong_answers
from tools.local.stripe.errors import Refused
from tools.local.stripe.resource_index import Entry, page
from tools.local.stripe.upstream import Upstream

if TYPE_CHECKING:
    import aiohttp

# Most have the same second, as in tests: only the order of creation distinguishes them.
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


def test_page_can_end_before_an_entry() -> None:
    found = page("refund", _NEWEST_FIRST, {"ending_before": "re_20", "limit": 2})

    assert [entry.identifier for entry in found.entries] == ["re_22", "re_21"]
    assert found.has_more


def test_list_has_resources_of_one_kind() -> None:
    assert _ids({}, "charge") == ["ch_1"]


def test_list_can_be_filtered_by_an_attribute() -> None:
    assert _ids({"payment_intent": "pi_9"}) == ["re_old"]
    assert _ids({"payment_intent": "pi_0", "limit": 2}) == ["re_24", "re_22"]


def test_page_can_start_after_an_entry_that_the_filter_excludes() -> None:
    assert _ids({"payment_intent": "pi_0", "starting_after": "re_3"}) == ["re_2", "re_0"]


def test_list_can_be_filtered_by_time() -> None:
    rows: list[tuple[object, list[str]]] = [
        ({"lt": "1000"}, ["re_old"]),
        ({"lte": "500"}, ["re_old"]),
        ({"gt": "499", "lt": "501"}, ["re_old"]),
        ({"gte": "501", "lt": "1000"}, []),
        ({"gt": "1000"}, []),
        ("500", ["re_old"]),
    ]

    assert wrong_answers(lambda created: _ids({"created": created}), rows) == []


def test_list_with_an_invalid_query_is_refused() -> None:
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


def test_stored_object_is_read_without_a_request() -> None:
    nobody = cast("aiohttp.ClientSession", None)
    store = {("payment_intent", "pi_1"): {"id": "pi_1"}}
    upstream = Upstream(nobody, "", lambda kind, identifier: store.get((kind, identifier)))

    assert asyncio.run(upstream.get("payment_intent", "pi_1")) == {"id": "pi_1"}
