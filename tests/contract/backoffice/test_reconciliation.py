"""The latest report and repairs for staff; Shop.ask validates every response against docs/openapi.yaml."""

from datetime import UTC, datetime

import pytest

from microshop.reconciliation.check import BEGINNING, CheckName, Extent, RepairName
from microshop.reconciliation.report import Finding, Findings, Report, Unchecked
from microshop.reconciliation.repository import Reports
from tests.support.answers import refused_fields
from tests.support.audit_rows import AuditRows
from tests.support.shop import Customer, Shop

_CHECK = CheckName.STOCK_DIFFERS_FROM_LEDGER
_AT_PROVIDER = CheckName.REFUND_STATUS_DIFFERS_FROM_PROVIDER


def _store(shop: Shop, *findings: Finding, extent: Extent = Extent.NIGHTLY) -> int:
    now = datetime.now(UTC)
    by_check = {finding.check: Findings([finding], 1) for finding in findings}
    unchecked = (Unchecked("provider:stripe", "it does not answer"),)
    return Reports(shop.database).add(Report(BEGINNING, now, now, by_check, Findings([], 0), unchecked, extent=extent))


def test_latest_report_of_the_whole_shop_is_shown(shop: Shop, admin: Customer) -> None:
    here = Finding(_CHECK, "product:17", "5 units, but 4 in the ledger", "Count.", RepairName.SET_STOCK_TO_LEDGER)
    there = Finding(_AT_PROVIDER, "refund:3", "failed there", "Compare.", RepairName.APPLY_PROVIDER_STATE)
    report_id = _store(shop, here, there)
    _store(shop, extent=Extent.PERIOD)

    shown = shop.ask("GET", "/admin/reconciliation", by=admin).json()["report"]

    assert (shown["id"], shown["disagreements"]) == (report_id, 2)
    assert [(each["check"], each["found"]) for each in shown["checks"]] == [(_CHECK, 1), (_AT_PROVIDER, 1)]
    assert [each["disagreements"][0]["repairable"] for each in shown["checks"]] == [True, False]
    assert shown["unreached"] == [{"part": "provider:stripe", "reason": "it does not answer"}]


def test_repair_corrects_what_disagrees_now_and_only_once(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=5)
    shop.database.execute("UPDATE products SET stock = 7 WHERE id = %(id)s", {"id": product_id})
    rows, subject = AuditRows(shop.database), f"product:{product_id}"

    answers = [
        shop.ask("POST", "/admin/reconciliation/repairs", by=admin, json={"check": _CHECK, "subject": subject}).json()
        for _ in range(2)
    ]

    assert [(each["found"], each["repaired"], each["to_do"]) for each in answers] == [(1, 1, None), (0, 0, None)]
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 5
    [row] = rows.take()
    assert (row["user_id"], row["action"], row["entity"], row["entity_id"]) == (
        admin.id,
        "books.repair",
        "product",
        product_id,
    )
    assert row["changes"]["effect"] == [None, "stock 7 → 5, the sum of its movements"]


@pytest.mark.parametrize(
    ("check", "subject", "field"),
    [
        ("nothing", "product:1", "check"),
        (_AT_PROVIDER, "refund:3", "check"),
        (_CHECK, "order:1", "subject"),
        (_CHECK, "product", "subject"),
    ],
)
def test_unknown_check_or_subject_is_refused(shop: Shop, admin: Customer, check: str, subject: str, field: str) -> None:
    answer = shop.ask("POST", "/admin/reconciliation/repairs", by=admin, json={"check": check, "subject": subject})

    assert refused_fields(answer) == [field]
