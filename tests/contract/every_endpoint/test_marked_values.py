"""No text that a client sends appears in logs or metrics, and few appear in events.

Each text of each request is a mark of its own. Refused requests count too: errors quote what they refuse.
"""

import json
import re
from collections.abc import Iterator

import pytest

from tests.contract.conftest import separate_servers
from tests.contract.every_endpoint.asking import OPERATIONS
from tests.support.api_description import Operation
from tests.support.local_stack import eventually
from tests.support.marked_bodies import MARK, Marks
from tests.support.servers import ServerUrls
from tests.support.shop import Customer, Shop, running_shop

# What events may have of requests. Product data is public, and shipments and reasons are written for the customer
# (docs/decisions/0009-events-carry-no-addresses.md). A device is the name of a program.
_IN_EVENTS = {"name", "sku", "category", "carrier", "tracking_number", "reason", "device"}
_PASSWORDS = {"password", "current_password"}
# The first one has signed bodies of a provider; the second one would stop the others.
_LEFT_OUT = {"stripe_webhook", "switch_read_only"}


@pytest.fixture(scope="module")
def marked_shop(server_urls: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own, because the requests change and end what other tests need."""
    folder = tmp_path_factory.mktemp("marked")
    with (
        separate_servers(server_urls, folder / "servers", "marked") as servers,
        running_shop(servers, folder) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def marks(marked_shop: Shop) -> Marks:
    """Sends all operations, each as a customer and as an owner, and waits for the events."""
    marks = Marks()
    for found, optional in ((found, optional) for optional in (False, True) for found in OPERATIONS):
        if found.name not in _LEFT_OUT:
            for caller in (marked_shop.customer(), marked_shop.admin()):
                _send(marked_shop, found, caller, marks, optional=optional)
    marked_shop.invoke("RelayOutboxFunction")
    eventually(lambda: _unpublished(marked_shop) == 0)
    return marks


def _send(shop: Shop, found: Operation, caller: Customer, marks: Marks, *, optional: bool) -> None:
    body = marks.body(found, optional=optional)
    if isinstance(body, dict) and not optional:  # the right password, so that the request gets further
        body |= dict.fromkeys(_PASSWORDS & body.keys() if found.name != "register" else (), caller.password)
    path = found.sample_path
    if path.startswith("/orders/1"):
        path = path.replace("/1", f"/{shop.order(caller, shop.product())}")
    headers = {
        **(caller.authorization if found.needs_token else {}),
        "User-Agent": marks.new(f"{found.name} User-Agent"),
        "Cookie": f"c={marks.new(f'{found.name} Cookie')}",
    }
    query = marks.query(found) if optional else None
    shop.ask_unchecked(found.method, path, json=body, headers=headers, query=query)


def _unpublished(shop: Shop) -> int:
    row = shop.database.row("SELECT COUNT(*) AS n FROM outbox WHERE published_at IS NULL")
    assert row is not None
    return int(row["n"])


def _texts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields each text of an event with the name of its field."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, name)
    elif isinstance(value, str):
        yield name, value


def test_marks_are_sent_in_the_fields_that_hold_personal_data(marks: Marks) -> None:
    sent = {re.split(r"[. ?]", field)[-1] for field in marks.fields.values()}

    assert sent >= {"username", "email", "recipient", "street", "city", "text", "reason", "token", "User-Agent"}


def test_logs_and_metrics_contain_no_text_of_a_client(marked_shop: Shop, marks: Marks) -> None:
    log = marked_shop.log.getvalue()
    lines = [line for line in log.splitlines() if MARK.search(line)]

    assert {found.path for found in OPERATIONS if found.name not in _LEFT_OUT and found.path not in log} == set()
    assert "CloudWatchMetrics" in log
    found = {marks.fields.get(mark, mark) for line in lines for mark in MARK.findall(line)}
    assert found == set(), lines[:3]


def test_events_contain_only_the_texts_that_their_consumers_need(marked_shop: Shop, marks: Marks) -> None:
    events = [json.loads(row["detail"]) for row in marked_shop.database.rows("SELECT detail FROM outbox")]

    found = {
        (name, marks.fields.get(mark))
        for event in events
        for name, text in _texts(event)
        for mark in MARK.findall(text)
    }
    assert {each for each in found if each[0] not in _IN_EVENTS} == set()
    assert "name" in {name for name, _ in found}  # the test finds what events have
