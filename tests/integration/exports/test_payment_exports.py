"""Exports of payments: a row for each movement of money."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from microshop.exports import exporting
from microshop.orders.order import Order
from microshop.platform.mysql import Database
from tests.support.builders import NOON
from tests.support.exported_files import ONE_DAY, RequestExport, download_all_rows, download_rows
from tests.support.order_rows import write_orders
from tests.support.payment_rows import write_entry, write_payment, write_refund

type OrderAt = Callable[..., Order]
_HOUR = timedelta(hours=1)


def test_each_movement_of_money_is_a_row(
    request_export: RequestExport, database: Database, ledger: Database, order_at: OrderAt
) -> None:
    order = order_at()
    write_orders(database, [order])
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
    not_made = write_refund(ledger, order, paid)
    for kind in ("refund_requested", "refund_pending", "refund_failed"):
        write_entry(ledger, paid, kind, refund_id=not_made, amount=9, at=NOON + 5 * _HOUR)

    rows = download_rows(request_export(kind="payments", **ONE_DAY)["url"])

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


def test_files_have_every_movement_once_in_order_of_time(
    request_export: RequestExport,
    database: Database,
    ledger: Database,
    order_at: OrderAt,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 3)
    monkeypatch.setattr(exporting, "MAX_ROWS", 6)
    order = order_at()
    write_orders(database, [order])
    times = [NOON + hour * _HOUR for hour in (5, 5, 5, 5, 1, 1, 1, 1, 9, 9, 9, 3, 3, 11)]
    payments = [write_payment(ledger, order, state="stray") for _ in times]
    entries = [
        write_entry(ledger, payment_id, "stray", at=time) for payment_id, time in zip(payments, times, strict=True)
    ]

    sizes, rows = download_all_rows(request_export, kind="payments", **ONE_DAY)

    by_time = sorted(zip(times, entries, strict=True))
    assert sizes == [6, 6, 2]
    assert [int(row["entry_id"]) for row in rows] == [entry_id for _, entry_id in by_time]
