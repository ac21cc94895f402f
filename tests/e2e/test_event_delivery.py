"""An event travels from the request's transaction to the mail, also when processes die or an event is malformed."""

import contextlib
import json
import os
import signal
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.support.buyers import a_customer, a_product, stock_of, the_admin
from tests.support.runner import Runner, eventually

_CONSUMERS_OF_ORDERS = ("CustomerMail", "OrderCount", "ProductCache")
_UNPUBLISHED = "SELECT id FROM outbox WHERE published_at IS NULL"


def test_a_new_customer_gets_a_welcome_mail_in_the_chosen_language(runner: Runner) -> None:
    email = _register(runner, "en")
    chinese = _register(runner, "zh")

    eventually(lambda: _mails_to(runner, email) and _mails_to(runner, chinese), "both get their mail")
    assert "Your account at microshop is ready" in _mails_to(runner, email)[0]["html"]
    assert "欢迎" in _mails_to(runner, chinese)[0]["html"]


def test_an_event_is_published_after_a_crash_between_commit_and_relay(tmp_path: Path) -> None:
    with Runner(tmp_path / "shop", ContinuousRelay="off") as shop:
        eventually(lambda: '"message":"relayed"' in shop.log, "the relay of this minute has begun")
        eventually(lambda: not shop.database().rows(_UNPUBLISHED), "the demo data's events are published")
        time.sleep(1)  # the relay polls the outbox once more and ends
        email = _register(shop, "en")
        assert shop.database().rows(_UNPUBLISHED)

        shop.kill()
        shop.start()

        eventually(lambda: _mails_to(shop, email), "the mail is sent after the restart")
        eventually(lambda: not shop.database().rows(_UNPUBLISHED), "the event is marked as published")
        assert len(_mails_to(shop, email)) == 1


def test_an_event_that_is_delivered_again_has_no_second_effect(runner: Runner) -> None:
    email = _register(runner, "en")
    eventually(lambda: _mails_to(runner, email), "the customer is welcomed")
    sent = runner.database().row("SELECT type, detail FROM outbox ORDER BY id DESC LIMIT 1")
    assert sent is not None

    for _ in range(3):
        _publish(runner, sent["type"], sent["detail"])
    marker = _register(runner, "en")

    eventually(lambda: runner.log.count('"outcome":"duplicate"') >= 3, "the consumer ignores all three")
    eventually(lambda: _mails_to(runner, marker), "later events are handled")
    assert len(_mails_to(runner, email)) == 1


def test_a_malformed_event_becomes_a_dead_letter_and_blocks_no_other(tmp_path: Path) -> None:
    event = {
        "id": str(uuid.uuid4()),
        "version": 1,
        "time": datetime.now(UTC).isoformat(),
        "trace": None,
        "data": {"user_id": "not a number", "language": "en"},
    }
    with Runner(tmp_path / "shop", QueueVisibilitySeconds="1", QueueMaxReceives="2") as shop:
        dead_letters = shop.parts["queues"]["CustomerMailDeadLetterQueue"]

        _publish(shop, "UserRegistered", json.dumps(event))
        email = _register(shop, "en")

        eventually(lambda: _mails_to(shop, email), "the customer is welcomed")
        # On a busy machine other messages may follow: each has two receives of one second.
        eventually(lambda: event["id"] in _event_ids(shop, dead_letters), "it becomes a dead letter")


def test_a_malformed_order_event_becomes_a_dead_letter_of_each_consumer(tmp_path: Path) -> None:
    event = {"id": str(uuid.uuid4()), "version": 1, "time": datetime.now(UTC).isoformat(), "trace": None, "data": {}}
    with Runner(tmp_path / "shop", QueueVisibilitySeconds="1", QueueMaxReceives="2") as shop:
        dead_letters = [shop.parts["queues"][f"{name}DeadLetterQueue"] for name in _CONSUMERS_OF_ORDERS]
        admin, buyer = the_admin(shop.url), a_customer(shop.url)
        product = a_product(admin, stock=5)

        _publish(shop, "OrderCreated", json.dumps(event))
        order = buyer.order((product, 1)).json()

        eventually(lambda: all(event["id"] in _event_ids(shop, each) for each in dead_letters), "it is a dead letter")
        eventually(lambda: order["order_number"] in json.dumps(_mails_to(shop, buyer.email)), "the buyer gets a mail")
        assert stock_of(buyer, product) == 4


def test_a_mail_consumer_that_is_killed_repeatedly_sends_every_mail(runner: Runner) -> None:
    emails = [_register(runner, "en") for _ in range(5)]
    for _ in range(12):
        _kill_environments(runner, "SendCustomerMailFunction")
        time.sleep(0.15)

    eventually(lambda: all(_mails_to(runner, email) for email in emails), "every customer gets the mail")


def _register(shop: Runner, language: str) -> str:
    email = f"customer-{uuid.uuid4().hex}@example.com"
    body = {"username": "Mina", "email": email, "password": "correct horse", "language": language}
    answer = requests.post(f"{shop.url}/api/v1/users/register", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    return email


def _mails_to(shop: Runner, email: str) -> list[dict[str, Any]]:
    return [mail for mail in shop.mails() if email in json.dumps(mail)]


def _publish(shop: Runner, kind: str, detail: str) -> None:
    entry = {"EventBusName": "microshop-dev", "Source": "microshop", "DetailType": kind, "Detail": detail}
    assert shop.aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def _event_ids(shop: Runner, queue: str) -> set[str]:
    """The ids of the events in a queue. They stay in the queue."""
    answer = shop.aws("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return {json.loads(message["Body"])["detail"]["id"] for message in answer.get("Messages", [])}


def _kill_environments(shop: Runner, function: str) -> None:
    for pid in shop.environments(function):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
