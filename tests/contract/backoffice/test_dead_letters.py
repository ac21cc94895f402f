"""Dead letters for staff, on the queues of the local stack; Shop.ask validates responses against docs/openapi.yaml."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.answers import refusal, refused_fields
from tests.support.audit_rows import AuditRows
from tests.support.servers import ServerUrls
from tests.support.shop import Customer, Shop
from tools.local.events.resources import client

_EVENT_ID = "0b9f6c1e-0d8a-4f4e-9d7e-2f1c3b5a7d90"
_DATA = {"product_id": 17, "quantity": -1, "reason": "Mrs Smith dropped it"}


@dataclass
class _Queue:
    """The queue ProductCache, whose consumer may handle the event of these tests, and its dead letters."""

    sqs: Any
    url: str
    dead_letters: str

    def send(self, body: str) -> str:
        message_id: str = self.sqs.send_message(QueueUrl=self.dead_letters, MessageBody=body)["MessageId"]
        return message_id


@pytest.fixture
def queue(shop_servers: ServerUrls) -> Iterator[_Queue]:
    sqs = client("sqs", shop_servers.aws_endpoint)
    urls = sqs.list_queues(QueueNamePrefix="microshop-Messaging-ProductCache")["QueueUrls"]
    queue = _Queue(sqs, *sorted(urls, key=lambda url: url.endswith("DeadLetterQueue")))
    yield queue
    while letters := sqs.receive_message(QueueUrl=queue.dead_letters, MaxNumberOfMessages=10).get("Messages"):
        for letter in letters:  # purging is allowed once a minute
            sqs.delete_message(QueueUrl=queue.dead_letters, ReceiptHandle=letter["ReceiptHandle"])


def _event() -> str:
    detail = {"id": _EVENT_ID, "version": 1, "time": "2026-01-15T09:00:00+00:00", "trace": None, "data": _DATA}
    return json.dumps({"detail-type": "StockChanged", "account": "123456789012", "detail": detail})


def test_dead_letters_are_counted_and_listed_without_hiding_them(shop: Shop, admin: Customer, queue: _Queue) -> None:
    message_id = queue.send(_event())

    counted = [
        each
        for each in shop.ask("GET", "/admin/dead-letters", by=admin).json()["items"]
        if each["queue"] == "ProductCache"
    ]
    listed = [shop.ask("GET", "/admin/dead-letters/ProductCache", by=admin).json() for _ in range(2)]

    assert counted == [
        {
            "queue": "ProductCache",
            "consumer": "refresh_product_cache",
            "missing": "a refresh of the product cache",
            "messages": 1,
            "held": 0,
        }
    ]
    assert [[item["message"] for item in page["items"]] for page in listed] == [[message_id]] * 2
    assert listed[0]["complete"] is True


def test_explained_letter_has_its_event_without_personal_data(shop: Shop, admin: Customer, queue: _Queue) -> None:
    message_id = queue.send(_event())

    found = shop.ask("GET", f"/admin/dead-letters/ProductCache/{message_id}", by=admin).json()

    assert (found["complete"], found["letter"]["missing"]) == (True, "a refresh of the product cache")
    assert (found["letter"]["subject"], found["letter"]["handled_at"]) == ("product:17", None)
    assert found["letter"]["data"] == {**_DATA, "reason": None}
    assert "123456789012" not in str(found)


def test_content_of_an_unreadable_letter_is_not_shown(shop: Shop, admin: Customer, queue: _Queue) -> None:
    message_id = queue.send('{"email": "ada@example.com"}')

    found = shop.ask("GET", f"/admin/dead-letters/ProductCache/{message_id}", by=admin)

    assert found.json()["letter"]["data"] is None
    assert "ada@example.com" not in found.text


def test_redrive_sends_readable_letters_back_with_one_audit_row(shop: Shop, admin: Customer, queue: _Queue) -> None:
    unreadable = queue.send("not an event")
    queue.send(_event())
    queue.send(_event())
    rows = AuditRows(shop.database)

    answers = [
        shop.ask("POST", "/admin/dead-letters/ProductCache/redrive", by=admin, json={"message": "all"}).json()
        for _ in range(2)
    ]

    assert [(each["redriven"], each["complete"], each["left"]) for each in answers] == [(2, True, 1), (0, True, 1)]
    assert [each["message"] for each in answers[0]["unreadable"]] == [unreadable]
    assert [(row["user_id"], row["action"], row["changes"]) for row in rows.take()] == [
        (admin.id, "dead_letter.redrive", {"queue": [None, "ProductCache"], "message": [None, "all"]})
    ]


def test_redrive_sends_one_chosen_letter(shop: Shop, admin: Customer, queue: _Queue) -> None:
    chosen, other = queue.send(_event()), queue.send(_event())

    answer = shop.ask("POST", "/admin/dead-letters/ProductCache/redrive", by=admin, json={"message": chosen})

    left = shop.ask("GET", "/admin/dead-letters/ProductCache", by=admin).json()["items"]
    assert (answer.json()["redriven"], [item["message"] for item in left]) == (1, [other])


@pytest.mark.usefixtures("queue")
def test_unknown_queues_and_letters_are_not_found(shop: Shop, admin: Customer) -> None:
    answers = [
        shop.ask("GET", "/admin/dead-letters/Nothing", by=admin),
        shop.ask("GET", "/admin/dead-letters/ProductCache/nothing", by=admin),
        shop.ask("POST", "/admin/dead-letters/Nothing/redrive", by=admin, json={"message": "all"}),
        shop.ask("POST", "/admin/dead-letters/ProductCache/redrive", by=admin, json={"message": "nothing"}),
    ]

    assert [refusal(answer) for answer in answers] == [(404, "not-found")] * 4


def test_redrive_without_a_message_is_refused(shop: Shop, admin: Customer) -> None:
    answer = shop.ask("POST", "/admin/dead-letters/ProductCache/redrive", by=admin, json={})

    assert refused_fields(answer) == ["message"]


def test_queue_with_an_invalid_name_is_refused(shop: Shop, admin: Customer) -> None:
    assert refused_fields(shop.ask("GET", "/admin/dead-letters/a%20b", by=admin)) == ["queue"]
