"""Consumers and schedules, invoked with their sample events on fakes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

from microshop.errors import TransactionConflict, Unavailable
from microshop.messaging.event import Claim
from tests.support.builders import an_execution
from tests.support.fakes import FakeInbox, FakePostbox
from tests.support.functions import load_function, plug, sample_event
from tests.support.output import Output, dimensions_of

pytestmark = pytest.mark.usefixtures("environment")


def _answer(module: ModuleType, name: str, *, milliseconds_left: int = 30_000) -> dict[str, Any]:
    answer: dict[str, Any] = module.handler(sample_event(name), an_execution(milliseconds_left=milliseconds_left))
    return answer


def _values(output: Output, name: str) -> list[float]:
    return [value for line in output.metric(name) for value in line[name]]


def test_count_orders_adds_up_the_events(output: Output) -> None:
    module = load_function("consumers/count_orders")
    plug(module, Inbox=FakeInbox())

    answer = _answer(module, "consumers/count_orders")

    assert answer == {"batchItemFailures": []}
    processed = output.metric("orders_processed_total")
    assert [line["status"] for line in processed] == [
        "pending",
        "confirmed",
        "confirmed",
        "shipped",
        "delivered",
        "returned",
        "cancelled",
        "expired",
    ]
    assert _values(output, "order_revenue") == [44.88, 44.88]  # confirmed by an admin, paid
    assert [_values(output, name) for name in ("cancelled_revenue", "refunded_revenue")] == [[44.88], [19.99]]
    assert _values(output, "returned_revenue") == [44.88]
    assert [_values(output, name) for name in ("units_sold", "units_returned")] == [[2, 2], [1, 2, 2, 1]]
    assert _values(output, "units_written_off") == [1]
    assert _values(output, "payments_failed_total") == [1]
    assert [line["outcome"] for line in output.logs] == ["counted"] * 10


def test_count_orders_counts_revenue_by_currency_and_units_without(output: Output) -> None:
    module = load_function("consumers/count_orders")
    plug(module, Inbox=FakeInbox())

    _answer(module, "consumers/count_orders")

    assert dimensions_of(output.metric("order_revenue")[0]) == {"service": "microshop", "currency": "USD"}
    assert dimensions_of(output.metric("units_sold")[0]) == {"service": "microshop"}


def test_count_orders_counts_no_event_twice(output: Output) -> None:
    module = load_function("consumers/count_orders")
    plug(module, Inbox=FakeInbox())

    for _ in range(2):
        _answer(module, "consumers/count_orders")

    assert _values(output, "orders_processed_total") == [1] * 8
    assert [line["outcome"] for line in output.logs[10:]] == ["duplicate"] * 10


def test_alert_low_stock_mails_the_operator_once(output: Output) -> None:
    module, postbox = load_function("consumers/alert_low_stock"), FakePostbox()
    plug(module, Inbox=FakeInbox())
    module.send_mail = lambda _sender, recipient, mail: postbox.send(recipient, mail)  # type: ignore[attr-defined]

    answers = [_answer(module, "consumers/alert_low_stock") for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    [(recipient, mail)] = postbox.sent
    assert (recipient, mail.subject) == (
        "operator@example.com",
        "[test] Low stock at microshop: Kettle (SKU-5)",
    )
    assert "operator@example.com" not in output.text


def test_alert_low_stock_measures_the_level_and_logs_the_product(output: Output) -> None:
    module = load_function("consumers/alert_low_stock")
    plug(module, Inbox=FakeInbox())
    module.send_mail = Mock()  # type: ignore[attr-defined]

    _answer(module, "consumers/alert_low_stock")

    [line], [logged] = output.metric("product_stock_level"), output.logs
    assert (line["product_stock_level"], dimensions_of(line)) == ([9.0], {"service": "microshop"})
    assert [logged[name] for name in ("product_id", "sku", "stock", "threshold")] == [5, "SKU-5", 9, 10]


def test_alert_low_stock_returns_a_failed_alert_to_the_queue(output: Output) -> None:
    module = load_function("consumers/alert_low_stock")
    plug(module, Inbox=FakeInbox())
    module.send_mail = Mock(side_effect=RuntimeError("not verified"))  # type: ignore[attr-defined]

    answer = _answer(module, "consumers/alert_low_stock")

    [record] = sample_event("consumers/alert_low_stock")["Records"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}


def test_alert_disputes_mails_the_operator_once_for_each_event(output: Output) -> None:
    module, postbox = load_function("consumers/alert_disputes"), FakePostbox()
    plug(module, Inbox=FakeInbox())
    module.send_mail = lambda _sender, recipient, mail: postbox.send(recipient, mail)  # type: ignore[attr-defined]

    answers = [_answer(module, "consumers/alert_disputes") for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    assert [recipient for recipient, _ in postbox.sent] == ["operator@example.com"] * 2
    assert [line["dispute_status"] for line in output.logs[:2]] == ["open", "lost"]


@pytest.mark.parametrize("name", ["alert_disputes", "alert_low_stock", "count_orders", "send_customer_mail"])
def test_consumer_claims_an_event_until_its_deadline(name: str) -> None:
    module, inbox = load_function(f"consumers/{name}"), Mock(claim=Mock(return_value=Claim.DONE))
    plug(module, Inbox=inbox)

    _answer(module, f"consumers/{name}", milliseconds_left=12_000)

    assert {call.args[1] for call in inbox.claim.call_args_list} == {12.0}


def test_refresh_product_cache_invalidates_every_product_and_listing_of_an_event(output: Output) -> None:
    module, cache, cleared = load_function("consumers/refresh_product_cache"), Mock(), Mock()
    plug(module, ProductCache=cache, ListingsOfProducts=Mock(ids=Mock(return_value=[17])))
    module.clear_listings = cleared  # type: ignore[attr-defined]

    answer = _answer(module, "consumers/refresh_product_cache")

    records = sample_event("consumers/refresh_product_cache")["Records"]
    assert answer == {"batchItemFailures": []}
    assert [call.args for call in cache.invalidate.call_args_list] == [(5,)] * len(records)
    assert [call.args for call in cleared.call_args_list] == [([17],)] * len(records)
    assert [line["product_ids"] for line in output.logs] == [[5]] * len(records)


def test_refresh_product_cache_retries_when_redis_does_not_answer(output: Output) -> None:
    module = load_function("consumers/refresh_product_cache")
    plug(module, ProductCache=Mock(invalidate=Mock(side_effect=Unavailable("redis"))))

    answer = _answer(module, "consumers/refresh_product_cache")

    records = sample_event("consumers/refresh_product_cache")["Records"]
    assert len(answer["batchItemFailures"]) == len(records)
    assert {line["level"] for line in output.logs} == {"ERROR"}


def test_measure_active_users_emits_nothing_when_redis_does_not_answer(output: Output) -> None:
    module = load_function("schedules/measure_active_users")
    plug(module, Presence=Mock(active_users=Mock(side_effect=Unavailable("redis"))))

    with pytest.raises(Unavailable):
        _answer(module, "schedules/measure_active_users")

    assert output.metrics == []


_TABLES_BUT_THE_OUTBOX = ("inbox", "provider_events", "idempotency_keys", "mail_links", "mail_recipients")


class _Store:
    """A store with `rows` rows that deletes up to a limit per call and records the calls."""

    def __init__(self, rows: int = 0, fails: Exception | None = None) -> None:
        self.rows = rows
        self.fails = fails
        self.asked: list[tuple[datetime, int]] = []

    def delete_older_than(self, before: datetime, limit: int) -> int:
        self.asked.append((before, limit))
        if self.fails is not None:
            raise self.fails
        deleted = min(self.rows, limit)
        self.rows -= deleted
        return deleted

    def delete_expired(self) -> Iterator[int]:
        if self.fails is not None:
            raise self.fails
        yield self.rows


def _purge(
    *,
    outbox: _Store | None = None,
    inbox: _Store | None = None,
    provider_events: _Store | None = None,
    keys: _Store | None = None,
    links: _Store | None = None,
    recipients: _Store | None = None,
    invitations: _Store | None = None,
    exports: _Store | None = None,
    sessions: _Store | None = None,
) -> ModuleType:
    module = load_function("schedules/purge_expired")
    plug(module, MailLinks=Mock(delete_expired=(links or _Store()).delete_older_than))
    plug(module, MailRecipients=recipients or _Store())
    plug(module, InvitationRepository=Mock(delete_expired=(invitations or _Store()).delete_older_than))
    exported = exports or _Store()
    plug(module, DataExportRepository=Mock(expire=exported.delete_older_than, delete_older_than=lambda *_: 0))
    plug(module, Outbox=outbox or _Store(), Inboxes=inbox or _Store(), Sessions=sessions or _Store())
    plug(module, ProviderEvents=provider_events or _Store(), record_last_uses=0, restore_keys=0)
    module.idempotency = Mock(  # type: ignore[attr-defined]
        IdempotencyKeys=lambda _database: keys or _Store(), LIFETIME=module.idempotency.LIFETIME
    )
    return module


def test_purge_expired_reports_how_many_of_each_it_deleted(output: Output) -> None:
    module = _purge(
        outbox=_Store(2500),
        inbox=_Store(1000),
        provider_events=_Store(4),
        keys=_Store(3),
        links=_Store(2),
        recipients=_Store(1),
        invitations=_Store(6),
        exports=_Store(8),
        sessions=_Store(7),
    )

    deleted = _answer(module, "schedules/purge_expired")

    exports = {"expired_data_exports": 8, "data_exports": 0}
    rows = {"outbox": 2500, "inbox": 1000, "provider_events": 4, "idempotency_keys": 3, "mail_links": 2}
    assert deleted == {**rows, "mail_recipients": 1, "staff_invitations": 6, **exports, "sessions": 7}
    [line] = output.logs
    assert {name: line[name] for name in deleted} == deleted
    assert line["complete"] is True


def test_purge_expired_deletes_a_thousand_rows_at_a_time(output: Output) -> None:
    outbox, inbox = _Store(2500), _Store(1000)

    _answer(_purge(outbox=outbox, inbox=inbox), "schedules/purge_expired")

    assert [limit for _, limit in outbox.asked] == [1000] * 3
    assert [limit for _, limit in inbox.asked] == [1000] * 2


@pytest.mark.parametrize(
    ("variables", "days"),
    [({}, (7, 35, 35, 1, 0, 3)), ({"OUTBOX_RETENTION_DAYS": "3", "INBOX_RETENTION_DAYS": "60"}, (3, 60, 60, 1, 0, 3))],
)
def test_purge_expired_keeps_rows_for_their_retention(
    output: Output, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], days: tuple[int, ...]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stores = [_Store() for _ in days]
    names = ("outbox", "inbox", "provider_events", "keys", "links", "recipients")
    module = _purge(**dict(zip(names, stores, strict=True)))

    _answer(module, "schedules/purge_expired")

    ages = [datetime.now(UTC) - store.asked[0][0] for store in stores]
    assert all(
        timedelta() <= age - timedelta(days=kept) < timedelta(minutes=1) for age, kept in zip(ages, days, strict=True)
    )


class _ShorteningExecution:
    """An execution whose time is over after `looks` questions."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def get_remaining_time_in_millis(self) -> int:
        self._looks -= 1
        return 60_000 if self._looks >= 0 else 10_000


def test_purge_expired_serves_all_in_turn_until_shortly_before_its_timeout(output: Output) -> None:
    much = {name: _Store(100_000) for name in ("outbox", "inbox", "provider_events", "keys")}

    deleted = _purge(**much, sessions=_Store(7)).handler(
        sample_event("schedules/purge_expired"), _ShorteningExecution(looks=14)
    )

    much_of_each = {"outbox": 2000, "inbox": 2000, "provider_events": 2000, "idempotency_keys": 2000}
    little = dict.fromkeys(("mail_links", "mail_recipients", "staff_invitations"), 0)
    none = {"expired_data_exports": 0, "data_exports": 0}
    assert deleted == {**much_of_each, **little, **none, "sessions": 7}
    assert output.logs[0]["complete"] is False


@pytest.mark.parametrize(
    ("away", "deleted"),
    [
        ("redis", {"outbox": 2500, **dict.fromkeys(_TABLES_BUT_THE_OUTBOX, 5), "sessions": 0}),
        ("database", {"outbox": 0, **dict.fromkeys(_TABLES_BUT_THE_OUTBOX, 0), "sessions": 5}),
    ],
)
def test_purge_expired_purges_one_server_when_the_other_does_not_answer(
    output: Output, away: str, deleted: dict[str, int]
) -> None:
    def store(server: str, rows: int = 5) -> _Store:
        return _Store(rows, fails=Unavailable(away, "TimeoutError") if server == away else None)

    module = _purge(
        outbox=store("database", 2500),
        inbox=store("database"),
        provider_events=store("database"),
        keys=store("database"),
        links=store("database"),
        recipients=store("database"),
        sessions=store("redis"),
    )

    with pytest.raises(Unavailable) as error:
        _answer(module, "schedules/purge_expired")

    [line] = output.logs
    assert error.value.dependency == away
    assert (line["level"], line["reasons"]) == ("ERROR", [f"{away} does not answer: TimeoutError"])
    assert {name: line[name] for name in deleted} == deleted
    assert [dimensions_of(line)["type"] for line in output.metric("system_errors_total")] == [away]


def test_purge_expired_retries_a_delete_that_lost_a_race(output: Output) -> None:
    outbox = Mock(delete_older_than=Mock(side_effect=[TransactionConflict("error 1213"), 5]))

    assert _answer(_purge(outbox=outbox), "schedules/purge_expired")["outbox"] == 5
