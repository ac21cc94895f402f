"""While the shop is read-only, every endpoint that changes something is refused, and its description says so."""

from collections.abc import Iterator

import pytest

from microshop.read_only import ReadOnlySwitch
from tests.contract.every_endpoint.asking import OPERATIONS, ask
from tests.support.answers import refusal
from tests.support.api_description import Operation, resolved
from tests.support.shop import Shop
from tests.support.table_rows import wrong_answers

# Staff can sign in, and turn the switch. Sessions can be ended. A search has a body, and changes nothing.
_STAY_OPEN = {
    "log_in",
    "log_out",
    "end_session",
    "end_other_sessions",
    "verify_second_factor",
    "switch_read_only",
    "search_customers",
}
_REFUSED = {found.name for found in OPERATIONS if found.method != "GET"} - _STAY_OPEN


@pytest.fixture
def read_only_shop(shop: Shop) -> Iterator[Shop]:
    """The shop while an operator allows no changes."""
    switch = ReadOnlySwitch(shop.redis)
    switch.turn_on("The database moves until 10:30 UTC.", "ada on laptop")
    yield shop
    switch.turn_off()


def test_a_read_only_shop_refuses_every_write_but_signing_in_and_its_switch(read_only_shop: Shop) -> None:
    admin = read_only_shop.admin()

    def is_refused(found: Operation) -> bool:
        answer = ask(read_only_shop, found, admin)
        return answer.status_code == 503 and refusal(answer) == (503, "read-only")

    # The example of the switch allows changes, and logging out ends the caller's session.
    last = ("switch_read_only", "log_out")
    rows = sorted(OPERATIONS, key=lambda found: last.index(found.name) + 1 if found.name in last else 0)
    assert wrong_answers(is_refused, [(found, found.name in _REFUSED) for found in rows]) == []


def test_the_description_names_exactly_the_writes_that_are_refused() -> None:
    described = {found.name for found in OPERATIONS if "read-only" in _example_names(found)}

    assert described == _REFUSED


def _example_names(found: Operation) -> set[str]:
    contents = [resolved(answer).get("content", {}) for answer in found.description["responses"].values()]
    return {name for kinds in contents for content in kinds.values() for name in content.get("examples", {})}
