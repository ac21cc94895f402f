"""Exports, from the request to the file behind the link: on the real database and a stand-in for S3."""

import csv
import io
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from microshop.caller import ADMIN, Caller
from microshop.exports import exporting
from microshop.exports.queries import ExportQueries
from microshop.orders.order import Order
from microshop.platform import aws
from microshop.platform.mysql import Database, Row
from tests.support.builders import NOON, a_caller, an_api_event, an_execution
from tests.support.catalogue import put_on_sale
from tests.support.functions import forget_connections, load_function
from tests.support.order_builders import a_line, a_new_order
from tests.support.order_rows import write_orders
from tests.support.orders import a_customer
from tests.support.output import Output, send_logs_to_captured_output
from tests.support.payment_rows import delete_payments, write_entry, write_payment, write_refund
from tools.local.events import resources

type Ask = Callable[..., dict[str, Any]]
type OrderAt = Callable[..., Order]

_INSTANT, _HOUR, _DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
_TODAY = {"from": "2026-01-02", "to": "2026-01-02"}


@pytest.fixture
def ask(database: Database, database_url: str, aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Asks the function, which has a bucket of its own, for an export."""
    bucket = f"exports-{uuid.uuid4()}"
    place = {"LocationConstraint": "eu-central-1"}
    resources.client("s3", aws_endpoint_url).create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    for name, value in {
        "DATABASE_URL": database_url,
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "EXPORT_BUCKET_NAME": bucket,
        "POWERTOOLS_SERVICE_NAME": "microshop",
        "POWERTOOLS_METRICS_NAMESPACE": "microshop",
    }.items():
        monkeypatch.setenv(name, value)
    forget_connections()
    aws.simple_storage_service.cache_clear()
    handler = load_function("exports/create_export").handler

    def asked(caller: Caller | None = None, **body: str) -> dict[str, Any]:
        event = an_api_event(method="POST", route="/api/v1/exports", body=body, caller=caller or a_caller(role=ADMIN))
        answer: dict[str, Any] = handler(event, an_execution())
        return {"status": answer["statusCode"], "headers": answer["headers"], **json.loads(answer["body"])}

    yield asked
    forget_connections()
    aws.simple_storage_service.cache_clear()


@pytest.fixture
def ledger(database: Database) -> Iterator[Database]:
    """For payments whose orders do not know of them."""
    yield database
    delete_payments(database)


@pytest.fixture
def order_at(database: Database) -> OrderAt:
    """Makes orders of one customer, at a moment."""
    customer, product_id = a_customer(database), put_on_sale(database, price_minor=1999, stock=100_000)

    def made(at: datetime = NOON, *, quantity: int = 1) -> Order:
        return a_new_order(a_line(product_id=product_id, quantity=quantity), user_id=customer.user_id, now=at)

    return made


def _rows_behind(url: str) -> list[dict[str, str]]:
    text = requests.get(url, timeout=10).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _all_rows(ask: Ask, **body: str) -> tuple[list[int], list[dict[str, str]]]:
    """How many rows each file of an export has, and all of them."""
    answers = [ask(**body)]
    while answers[-1]["next_cursor"]:
        answers.append(ask(**body, cursor=answers[-1]["next_cursor"]))
    return [answer["rows"] for answer in answers], [row for answer in answers for row in _rows_behind(answer["url"])]


def test_an_order_is_a_row_of_the_day_that_it_was_placed_on(ask: Ask, batching: Database, order_at: OrderAt) -> None:
    order = order_at(quantity=3)
    write_orders(batching, [order])

    answer = ask(kind="orders", **_TODAY)

    assert (answer["status"], answer["rows"], answer["next_cursor"]) == (201, 1, None)
    assert _rows_behind(answer["url"]) == [
        {
            "order_number": order.order_number,
            "order_id": str(order.id),
            "created_at": "2026-01-02T12:00:00+00:00",
            "updated_at": "2026-01-02T12:00:00+00:00",
            "status": "pending",
            "payment_status": "unpaid",
            "payment_method": "card",
            "currency": "USD",
            "subtotal": "59.97",
            "shipping": "0.00",
            "tax": "0.00",
            "total": "59.97",
            "paid": "0.00",
            "refunded": "0.00",
            "items": "3",
            "user_id": str(order.user_id),
            "day": "2026-01-02",
            "dispute": "",
        }
    ]


def test_the_link_is_good_for_a_while_and_saves_the_file_under_its_name(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPORT_URL_SECONDS", "60")

    answer = ask(kind="orders", **_TODAY)

    found = requests.get(answer["url"], timeout=10)
    assert answer["headers"]["Location"] == answer["url"]
    assert timedelta() < datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC) <= timedelta(seconds=60)
    assert "X-Amz-Expires=60&" in answer["url"]
    assert found.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert found.headers["Content-Disposition"] == 'attachment; filename="orders-2026-01-02-2026-01-02-1.csv"'


def test_a_day_has_its_first_moment_and_not_that_of_the_next(ask: Ask, batching: Database, order_at: OrderAt) -> None:
    midnight = NOON.replace(hour=0)
    moments = [midnight - _INSTANT, midnight, midnight + _DAY - _INSTANT, midnight + _DAY]
    orders = [order_at(moment) for moment in moments]
    write_orders(batching, orders)

    rows = _rows_behind(ask(kind="orders", **_TODAY)["url"])

    assert [int(row["order_id"]) for row in rows] == [order.id for order in orders[1:3]]


def test_days_are_those_of_the_shops_time_zone(
    ask: Ask, batching: Database, order_at: OrderAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")
    midnight = NOON.replace(hour=0) - timedelta(hours=5, minutes=30)
    moments = [midnight - _INSTANT, midnight, midnight + _DAY - _INSTANT, midnight + _DAY]
    orders = [order_at(moment) for moment in moments]
    write_orders(batching, orders)

    rows = _rows_behind(ask(kind="orders", **_TODAY)["url"])

    assert [row["order_id"] for row in rows] == [str(order.id) for order in orders[1:3]]
    assert [(row["created_at"], row["day"]) for row in rows] == [
        ("2026-01-01T18:30:00+00:00", "2026-01-02"),
        ("2026-01-02T18:29:59+00:00", "2026-01-02"),
    ]


def test_what_is_younger_than_a_minute_is_left_for_a_later_export(
    ask: Ask, batching: Database, order_at: OrderAt
) -> None:
    now = datetime.now(UTC)
    settled, fresh = order_at(now - 2 * _HOUR), order_at(now)
    write_orders(batching, [settled, fresh])

    rows = _rows_behind(ask(kind="orders", **{"from": f"{now - _DAY:%Y-%m-%d}", "to": f"{now + _DAY:%Y-%m-%d}"})["url"])

    assert [int(row["order_id"]) for row in rows] == [settled.id]


def test_files_hold_every_order_once_while_others_are_placed(
    ask: Ask, batching: Database, order_at: OrderAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 3)
    monkeypatch.setattr(exporting, "MAX_ROWS", 6)
    first = order_at()
    # Of one millisecond, in which ids rise while times fall.
    together = [
        replace(first, id=first.id + n, order_number=f"MS-{n}", created_at=NOON - n * _INSTANT) for n in range(7)
    ]
    later = [order_at(NOON + hour * _HOUR) for hour in range(1, 8)]
    write_orders(batching, [replace(each, created_at=each.created_at + 10 * _INSTANT) for each in together] + later)
    read = ExportQueries.page

    def page_after_another_order(*asked: Any) -> list[Row]:
        write_orders(batching, [order_at(NOON + _DAY)])
        return read(*asked)

    monkeypatch.setattr(ExportQueries, "page", page_after_another_order)
    sizes, rows = _all_rows(ask, kind="orders", **_TODAY)

    assert sizes == [6, 6, 2]
    assert [int(row["order_id"]) for row in rows] == [order.id for order in [*together, *later]]


def test_every_movement_of_money_is_a_row_and_nothing_else_is(
    ask: Ask, batching: Database, ledger: Database, order_at: OrderAt
) -> None:
    order = order_at()
    write_orders(batching, [order])
    stray = write_payment(ledger, order, state="stray", reference="pi_1")
    paid = write_payment(ledger, order, provider="offline", reference="=bank 17", amount=2500)
    good, lost = (write_refund(ledger, order, paid, reference=f"re_{n}", reason=f"+{n}") for n in (1, 2))
    for kind in ("started", "declined", "abandoned", "disputed"):
        write_entry(ledger, stray, kind)
    entries = [
        write_entry(ledger, stray, "stray", reference="pi_1"),
        write_entry(ledger, paid, "captured", amount=2500, at=NOON + _HOUR),
        write_entry(ledger, paid, "refunded", refund_id=good, amount=500, reference="re_1", at=NOON + 2 * _HOUR),
        write_entry(ledger, paid, "refunded", refund_id=lost, amount=700, at=NOON + 3 * _HOUR),
        write_entry(
            ledger, paid, "refund_failed", refund_id=lost, amount=700, reason="no account", at=NOON + 4 * _HOUR
        ),
        write_entry(ledger, paid, "dispute_withdrawn", amount=2500, reference="txn_1", at=NOON + 5 * _HOUR),
        write_entry(ledger, paid, "dispute_fee", amount=1500, reference="txn_1", at=NOON + 5 * _HOUR),
        write_entry(ledger, paid, "dispute_reinstated", amount=2500, reference="txn_2", at=NOON + 6 * _HOUR),
        write_entry(ledger, paid, "dispute_fee_returned", amount=1500, reference="txn_2", at=NOON + 6 * _HOUR),
    ]
    never = write_refund(ledger, order, paid)
    for kind in ("refund_requested", "refund_pending", "refund_failed"):
        write_entry(ledger, paid, kind, refund_id=never, amount=9, at=NOON + 5 * _HOUR)

    rows = _rows_behind(ask(kind="payments", **_TODAY)["url"])

    assert [int(row["entry_id"]) for row in rows] == entries
    assert [(row["kind"], row["amount"], row["reference"], row["cause"], row["reason"]) for row in rows] == [
        ("stray", "19.99", "pi_1", "", ""),
        ("captured", "25.00", "'=bank 17", "", ""),
        ("refunded", "-5.00", "re_1", "requested", "'+1"),
        ("refunded", "-7.00", "re_2", "requested", "'+2"),
        ("refund_failed", "7.00", "re_2", "requested", "no account"),
        ("dispute_withdrawn", "-25.00", "txn_1", "", ""),
        ("dispute_fee", "-15.00", "txn_1", "", ""),
        ("dispute_reinstated", "25.00", "txn_2", "", ""),
        ("dispute_fee_returned", "15.00", "txn_2", "", ""),
    ]
    assert rows[1] | {"entry_id": "", "amount": "", "reference": ""} == {
        "entry_id": "",
        "created_at": "2026-01-02T13:00:00+00:00",
        "kind": "captured",
        "order_number": order.order_number,
        "order_id": str(order.id),
        "payment_id": str(paid),
        "attempt": "2",
        "provider": "offline",
        "reference": "",
        "amount": "",
        "currency": "USD",
        "cause": "",
        "reason": "",
        "day": "2026-01-02",
    }


def test_files_hold_every_movement_once_in_the_order_of_time(
    ask: Ask, batching: Database, ledger: Database, order_at: OrderAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 3)
    monkeypatch.setattr(exporting, "MAX_ROWS", 6)
    order = order_at()
    write_orders(batching, [order])
    moments = [NOON + hour * _HOUR for hour in (5, 5, 5, 5, 1, 1, 1, 1, 9, 9, 9, 3, 3, 11)]
    payments = [write_payment(ledger, order, state="stray") for _ in moments]
    entries = [
        write_entry(ledger, payment_id, "stray", at=moment)
        for payment_id, moment in zip(payments, moments, strict=True)
    ]

    sizes, rows = _all_rows(ask, kind="payments", **_TODAY)

    in_time = sorted(zip(moments, entries, strict=True))
    assert sizes == [6, 6, 2]
    assert [int(row["entry_id"]) for row in rows] == [entry_id for _, entry_id in in_time]


def test_neither_file_nor_log_holds_an_address(
    ask: Ask,
    batching: Database,
    order_at: OrderAt,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send_logs_to_captured_output(monkeypatch)
    output = Output(capsys)
    write_orders(batching, [order_at()])

    answer = ask(kind="orders", **_TODAY)

    [line] = output.logs
    assert line["rows"] == 1
    assert line["key"] in answer["url"]
    assert "X-Amz-Signature" not in output.text
    for text in (output.text, requests.get(answer["url"], timeout=10).text):
        assert "Main Street" not in text
        assert "@" not in text


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"kind": "customers"}, ["kind"]),
        ({"from": "2026-02-30"}, ["from"]),
        ({"from": "20260102"}, ["from"]),
        ({"from": "2026-01-02T00:00:00Z"}, ["from"]),
        ({"to": "9999-12-31"}, ["to"]),
        ({"to": "2026-01-01"}, ["to"]),
        ({"to": "2027-01-03"}, ["to"]),
        ({"from": "x", "to": "y"}, ["from", "to"]),
        ({"cursor": "x"}, ["cursor"]),
        ({"cursor": "x" * 1001}, ["cursor"]),
        ({"until": "2026-01-02"}, ["until"]),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(ask: Ask, changed: dict[str, str], fields: list[str]) -> None:
    answer = ask(**{"kind": "orders", **_TODAY, **changed})

    assert answer["status"] == 400
    assert [error["field"] for error in answer["errors"]] == fields


def test_a_leap_year_fits_and_every_field_but_the_cursor_is_required(ask: Ask) -> None:
    assert ask(kind="orders", **{"from": "2028-01-01", "to": "2028-12-31"})["rows"] == 0
    assert [error["field"] for error in ask()["errors"]] == ["kind", "from", "to"]


def test_exports_are_for_admins(ask: Ask) -> None:
    assert ask(a_caller(), kind="orders", **_TODAY)["status"] == 403


def test_a_storage_that_is_away_is_unavailable(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # the discard port, where nobody listens

    answer = ask(kind="orders", **_TODAY)

    assert (answer["status"], answer["headers"]["Retry-After"]) == (503, "1")
