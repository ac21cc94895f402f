"""Exports of orders: which orders and days are in the files, and what a row contains."""

from collections.abc import Callable
from copy import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from microshop.exports import exporting
from microshop.exports.queries import ExportQueries
from microshop.orders.order import Order
from microshop.platform.mysql import Database, Row
from tests.support.builders import NOON
from tests.support.exported_files import ONE_DAY, RequestExport, download_all_rows, download_rows
from tests.support.order_rows import write_orders
from tests.support.output import Output, send_logs_to_captured_output

type OrderAt = Callable[..., Order]

_INSTANT, _HOUR, _DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


def test_an_order_is_a_row_of_the_day_on_which_it_was_placed(
    request_export: RequestExport, database: Database, order_at: OrderAt
) -> None:
    order = order_at(quantity=3)
    write_orders(database, [order])

    answer = request_export(kind="orders", **ONE_DAY)

    assert (answer["status"], answer["rows"], answer["next_cursor"]) == (201, 1, None)
    assert download_rows(answer["url"]) == [
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


def test_a_day_includes_its_start_and_excludes_its_end(
    request_export: RequestExport, database: Database, order_at: OrderAt
) -> None:
    midnight = NOON.replace(hour=0)
    times = [midnight - _INSTANT, midnight, midnight + _DAY - _INSTANT, midnight + _DAY]
    orders = [order_at(time) for time in times]
    write_orders(database, orders)

    rows = download_rows(request_export(kind="orders", **ONE_DAY)["url"])

    assert [int(row["order_id"]) for row in rows] == [order.id for order in orders[1:3]]


def test_days_are_in_the_time_zone_of_the_shop(
    request_export: RequestExport, database: Database, order_at: OrderAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")
    midnight = NOON.replace(hour=0) - timedelta(hours=5, minutes=30)
    times = [midnight - _INSTANT, midnight, midnight + _DAY - _INSTANT, midnight + _DAY]
    orders = [order_at(time) for time in times]
    write_orders(database, orders)

    rows = download_rows(request_export(kind="orders", **ONE_DAY)["url"])

    assert [row["order_id"] for row in rows] == [str(order.id) for order in orders[1:3]]
    assert [(row["created_at"], row["day"]) for row in rows] == [
        ("2026-01-01T18:30:00+00:00", "2026-01-02"),
        ("2026-01-02T18:29:59+00:00", "2026-01-02"),
    ]


def test_orders_of_the_last_minute_are_left_for_a_later_export(
    request_export: RequestExport, database: Database, order_at: OrderAt
) -> None:
    now = datetime.now(UTC)
    old, recent = order_at(now - 2 * _HOUR), order_at(now)
    write_orders(database, [old, recent])

    rows = download_rows(
        request_export(kind="orders", **{"from": f"{now - _DAY:%Y-%m-%d}", "to": f"{now + _DAY:%Y-%m-%d}"})["url"]
    )

    assert [int(row["order_id"]) for row in rows] == [old.id]


def test_files_have_every_order_once_while_others_are_placed(
    request_export: RequestExport, database: Database, order_at: OrderAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 3)
    monkeypatch.setattr(exporting, "MAX_ROWS", 6)
    first = order_at()
    # All in one millisecond; the later the id, the earlier the time.
    together = [
        replace(first, id=first.id + n, order_number=f"MS-{n}", created_at=NOON - n * _INSTANT) for n in range(7)
    ]
    later = [order_at(NOON + hour * _HOUR) for hour in range(1, 8)]
    write_orders(database, [replace(each, created_at=each.created_at + 10 * _INSTANT) for each in together] + later)
    read = ExportQueries.page

    def page_after_another_order(*arguments: Any) -> list[Row]:
        write_orders(database, [order_at(NOON + _DAY)])
        return read(*arguments)

    monkeypatch.setattr(ExportQueries, "page", page_after_another_order)
    sizes, rows = download_all_rows(request_export, kind="orders", **ONE_DAY)

    assert sizes == [6, 6, 2]
    assert [int(row["order_id"]) for row in rows] == [order.id for order in [*together, *later]]


def test_neither_file_nor_log_contains_an_address(
    request_export: RequestExport,
    database: Database,
    order_at: OrderAt,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send_logs_to_captured_output(monkeypatch)
    output = Output(capsys)
    write_orders(database, [order_at()])

    answer = request_export(kind="orders", **ONE_DAY)

    [line] = output.logs
    assert line["rows"] == 1
    assert line["key"] in answer["url"]
    assert "X-Amz-Signature" not in output.text
    for text in (output.text, requests.get(answer["url"], timeout=10).text):
        assert "Main Street" not in text
        assert "@" not in text
