"""The operator's commands on the local stack; they are the same for a deployed stack."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.buyers import a_customer, the_admin
from tests.support.runner import ROOT, Runner, eventually
from tools.documents.consumers import consumers

_SENDER = "shop@example.com"
# Events of the demo data that send a mail.
_MAILS = """
SELECT COUNT(*) AS due, COALESCE(SUM(inbox.done_at IS NOT NULL), 0) AS done
FROM outbox
LEFT JOIN inbox ON inbox.event_id = outbox.event_id AND inbox.consumer = 'send_customer_mail'
WHERE outbox.type LIKE 'Order%' OR outbox.type = 'UserRegistered'
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, shops_python: Path) -> Iterator[Runner]:
    """A shop whose consumers give up after two deliveries, and not during their cold start on a busy machine."""
    folder = tmp_path_factory.mktemp("operated")
    with Runner(folder, shops_python, QueueVisibilitySeconds="8", QueueMaxReceives="2") as running:
        eventually(lambda: _all_written(running), "the customers of the demo data have their mails")
        yield running


def test_dead_letter_is_explained_and_redriven(shop: Runner) -> None:
    shop.aws("sesv2").delete_email_identity(EmailIdentity=_SENDER)
    email = _register(shop)
    eventually(lambda: _dead_letters(shop, "CustomerMail") == 1, "the consumer gives up")
    [message_id] = [line.split()[0] for line in _do(shop, "dead-letters", "QUEUE=CustomerMail") if "old," in line]

    output = "\n".join(_do(shop, "dead-letters", f"ID={message_id}"))
    shop.aws("sesv2").create_email_identity(EmailIdentity=_SENDER)
    done = _do(shop, "redrive", "QUEUE=CustomerMail", "ALL=yes")

    assert "consumer  send_customer_mail" in output
    assert "its consumer failed 2 times" in output
    assert "started but not finished" in output
    assert "MessageRejected" in output
    assert '"detail-type": "UserRegistered"' in output
    assert done[0] == "CustomerMail: 1 message sent back, 0 left."
    eventually(lambda: len(_mails_to(shop, email)) == 1, "the customer gets the mail")
    assert _dead_letters(shop, "CustomerMail") == 0
    [line] = [line for line in shop.log_lines() if line.get("action") == "redrive"]
    assert (line["message"], line["queue"], line["message_id"]) == ("operator action", "CustomerMail", message_id)
    assert " on " in line["operator"]


def test_unreadable_dead_letter_is_reported_and_not_redriven(shop: Runner) -> None:
    dead_letters = shop.parts["queues"]["LowStockAlertDeadLetterQueue"]
    sent = shop.aws("sqs").send_message(QueueUrl=dead_letters, MessageBody="not an event")["MessageId"]

    done = _do(shop, "redrive", "QUEUE=LowStockAlert", "ALL=yes")
    output = _do(shop, "dead-letters", f"ID={sent}")

    assert done[0].startswith(f"{sent}  was not sent back")
    assert done[2] == "LowStockAlert: 0 messages sent back, 1 left."
    assert output[-1].strip() == "not an event"
    shop.aws("sqs").purge_queue(QueueUrl=dead_letters)


def test_replay_has_an_effect_only_on_missed_events_of_the_chosen_consumer(shop: Runner) -> None:
    long_ago = _welcomed(shop)
    begin = datetime.now(UTC)
    missed, handled = _welcomed(shop), _welcomed(shop)
    forgotten = [_event_of(shop, email) for email in (long_ago, missed)]
    for event_id in forgotten:
        shop.database().execute("DELETE FROM inbox WHERE event_id = %(id)s", {"id": event_id})

    output = _do(shop, "replay", f"FROM={begin.isoformat()}", "QUEUE=CustomerMail", "EVENTS=UserRegistered")

    eventually(lambda: len(_mails_to(shop, missed)) == 2, "the consumer handles events that it has no record of")
    known = _event_of(shop, handled)
    eventually(lambda: "duplicate" in _outcomes(shop, known), "the consumer ignores an event that it has handled")
    assert (len(_mails_to(shop, handled)), len(_mails_to(shop, long_ago))) == (1, 1)
    name = output[-1].partition("STATUS=")[2].partition("`")[0]
    assert _do(shop, "replay", f"STATUS={name}")[0] == f"Replay {name} is completed."


def test_replayed_events_are_not_archived_again(shop: Runner) -> None:
    archived = shop.aws("events").list_archives()["Archives"][0]["EventCount"]

    _do(shop, "replay", f"FROM={(datetime.now(UTC) - timedelta(hours=1)).isoformat()}", "QUEUE=ProductCache")

    assert shop.aws("events").list_archives()["Archives"][0]["EventCount"] == archived


def test_read_only_shop_refuses_changes_and_serves_reads(shop: Runner) -> None:
    customer = a_customer(shop.url)
    _do(shop, "read-only", "ON=The database moves until 10:30 UTC.")
    try:
        refused = customer.request("PATCH", "/users/profile", json={"username": "Grace"})
        stranger = requests.post(f"{shop.url}/api/v1/users/register", json={}, timeout=30)
        read = customer.request("GET", "/users/profile")
        customer.log_in()
        left = customer.request("POST", "/users/logout")
        idle = shop.invoke("ExpireUnpaidFunction")
    finally:
        _do(shop, "read-only", "OFF=yes")

    for answer in (refused, stranger):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.json()["type"] == "urn:microshop:problem:read-only"
        assert answer.json()["detail"].endswith("The database moves until 10:30 UTC.")
    assert (read.status_code, left.status_code, idle["expired"]) == (200, 204, 0)
    customer.log_in()
    assert customer.request("PATCH", "/users/profile", json={"username": "Grace"}).status_code == 200


def test_admin_is_registered_and_granted_the_role_in_one_step(shop: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    email, password = f"{uuid.uuid4().hex}@example.com", "correct horse battery"
    monkeypatch.setenv("MICROSHOP_ADMIN_PASSWORD", password)

    first = _do(shop, "admin", f"EMAIL={email}", "CREATE=yes")
    second = _do(shop, "admin", f"EMAIL={email}", "CREATE=yes")

    assert first == [f"{email} is registered.", f"{email} is an admin of the local stack from the next login."]
    assert second[0] == f"{email} is already registered and keeps its password."
    body = {"email": email, "password": password}
    found = requests.post(f"{shop.url}/api/v1/users/login", json=body, timeout=30).json()
    assert found["user"]["role"] == "admin"
    assert email not in shop.log


def test_revoking_a_role_or_ending_sessions_takes_effect_with_the_next_request(
    shop: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, password = f"{uuid.uuid4().hex}@example.com", "correct horse battery"
    monkeypatch.setenv("MICROSHOP_ADMIN_PASSWORD", password)
    _do(shop, "admin", f"EMAIL={email}", "CREATE=yes")

    def log_in() -> dict[str, str]:
        found = requests.post(f"{shop.url}/api/v1/users/login", json={"email": email, "password": password}, timeout=30)
        return {"Authorization": f"Bearer {found.json()['token']}"}

    def status(path: str, token: dict[str, str]) -> int:
        return requests.get(f"{shop.url}/api/v1{path}", headers=token, timeout=30).status_code

    admin = log_in()
    before = status("/orders?customer=1", admin)
    revoked = _do(shop, "admin", f"EMAIL={email}", "REVOKE=yes")
    after = status("/users/profile", admin)
    customer = log_in()
    without_role = status("/orders?customer=1", customer)
    counted = _do(shop, "sessions", f"EMAIL={email}")
    ended = _do(shop, "sessions", f"EMAIL={email}", "END=yes")

    assert (before, after, without_role, status("/users/profile", customer)) == (200, 401, 400, 401)
    assert revoked[0] == f"{email} is no longer an admin of the local stack."
    assert revoked[1].startswith("1 session ended.")
    assert counted == [f"{email} has 1 session at the local stack."]
    assert ended[0].startswith("1 session ended.")


def test_seeding_creates_only_missing_listings(shop: Runner) -> None:
    the_admin(shop.url)
    database = shop.database()
    [seeded] = database.rows("SELECT listing_id FROM products WHERE sku = 'COF-006'")
    database.execute("UPDATE products SET sku = CONCAT('OLD-', sku) WHERE listing_id = %(listing_id)s", seeded)

    first, second = _do(shop, "seed"), _do(shop, "seed")

    assert first == ["the local stack: 1 listing created, 57 already existed."]
    assert second == ["the local stack: 0 listings created, 58 already existed."]


def test_mistake_is_reported_in_one_sentence(shop: Runner, tmp_path: Path) -> None:
    queues, a_minute_ago = ", ".join(each.name for each in consumers()), datetime.now(UTC) - timedelta(minutes=1)
    mistakes = {
        ("dead-letters", "QUEUE=Mail"): f"QUEUE must be one of {queues}",
        ("redrive", "QUEUE=Mail", "ALL=yes"): f"QUEUE must be one of {queues}",
        ("redrive", "QUEUE=OrderCount", "ID=none"): "there is no message none in OrderCount: `make dead-letters QUEUE",
        ("replay", "FROM=2026-01-01T00:00Z"): "FROM must not be before",
        ("replay", "FROM=2999-01-01T00:00Z"): "FROM must be in the past",
        ("replay", f"FROM={a_minute_ago.isoformat()}", "QUEUE=Mail"): f"QUEUE must be among {queues}; Mail is not",
        ("replay", "STATUS=nothing"): "There is no such replay nothing.",
        ("admin", "EMAIL=nobody@example.com"): "nobody is registered as nobody@example.com: CREATE=yes",
        (
            "admin",
            "EMAIL=nobody@example.com",
            "CREATE=yes",
        ): "the password of nobody@example.com is needed: type it",
    }

    errors = {words: _run(shop.data_folder, *words) for words in mistakes}

    for words, expected in mistakes.items():
        assert errors[words].returncode == 1
        assert errors[words].stderr.startswith(f"microshop: {expected}")
        assert len(errors[words].stderr.splitlines()) == 1
    assert "the shop is not running: start it with `make run`" in _run(tmp_path, "migrations").stderr
    assert [line for line in shop.log_lines() if line.get("message") == "operator mistake"]
    assert not [line for line in shop.log_lines() if line.get("level") == "ERROR" and "InvalidInput" in str(line)]


def _run(
    data_folder: Path, command: str, *arguments: str, python: Path = Path(sys.executable)
) -> subprocess.CompletedProcess[str]:
    line = [str(python), "-m", "tools.operator", "--data-folder", str(data_folder), command, *arguments]
    return subprocess.run(
        line,
        cwd=ROOT,
        env={**os.environ, "MAKEFLAGS": ""},
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # no terminal
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _do(shop: Runner, command: str, *arguments: str) -> list[str]:
    ended = _run(shop.data_folder, command, *arguments, python=shop.python)
    assert ended.returncode == 0, ended.stderr
    assert all(len(line) <= 110 for line in ended.stdout.splitlines() if not line.startswith("    "))
    return ended.stdout.splitlines()


def _all_written(shop: Runner) -> bool:
    row = shop.database().row(_MAILS)
    return row is not None and row["done"] == row["due"]


def _register(shop: Runner) -> str:
    email = f"customer-{uuid.uuid4().hex}@example.com"
    body = {"username": "Mina", "email": email, "password": "correct horse", "language": "en"}
    answer = requests.post(f"{shop.url}/api/v1/users/register", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    return email


def _welcomed(shop: Runner) -> str:
    email = _register(shop)
    eventually(lambda: _mails_to(shop, email), "the customer gets a welcome mail")
    event_id = _event_of(shop, email)
    eventually(lambda: "sent" in _outcomes(shop, event_id), "the consumer logs its outcome")
    return email


def _mails_to(shop: Runner, email: str) -> list[dict[str, Any]]:
    return [mail for mail in shop.mails() if email in json.dumps(mail)]


def _event_of(shop: Runner, email: str) -> str:
    row = shop.database().row(
        "SELECT event_id FROM outbox JOIN users ON aggregate = CONCAT('user:', users.id) WHERE email = %(email)s",
        {"email": email},
    )
    assert row is not None
    return str(row["event_id"])


def _outcomes(shop: Runner, event_id: str) -> list[str]:
    mine = [line for line in shop.log_lines() if line.get("event_id") == event_id]
    return [line["outcome"] for line in mine if line.get("consumer") == "send_customer_mail" and "outcome" in line]


def _dead_letters(shop: Runner, queue: str) -> int:
    counted = shop.invoke("DeadLettersFunction", {"action": "count"})["queues"]
    return next(int(each["messages"]) for each in counted if each["queue"] == queue)
