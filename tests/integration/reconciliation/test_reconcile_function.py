"""The function `reconcile`: its answer, metric, stored report and input."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from tests.support.builders import an_execution
from tests.support.consumers import inboxes
from tests.support.functions import load_function, sample_event
from tests.support.output import Output, send_logs_to_captured_output
from tests.support.paid_shop import PaidShop
from tests.support.records import count
from tools.operator.reconciliation import print_report


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Output:
    """The output of the function."""
    send_logs_to_captured_output(monkeypatch)
    return Output(capsys)


@pytest.fixture
def function(
    shop: PaidShop, output: Output, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    """The function in a new execution environment, with the fake provider and no pause between checks."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("INBOXES", json.dumps({name: [*events] for name, events in inboxes().items()}))
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "microshop")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    module = load_function("schedules/reconcile")
    monkeypatch.setattr(module, "provider", lambda _name: shop.provider)
    monkeypatch.setattr(module, "_RECHECK_AFTER_SECONDS", 0)
    yield module
    module._database().close()


def _answer(module: ModuleType, **event: Any) -> dict[str, Any]:
    answer: dict[str, Any] = module.handler(event, an_execution(milliseconds_left=900_000))
    # Lambda returns it as JSON.
    found: dict[str, Any] = json.loads(json.dumps(answer))
    return found


def test_a_consistent_shop_gives_a_metric_of_zero(function: ModuleType, output: Output, shop: PaidShop) -> None:
    shop.pay(shop.place())

    answer = _answer(function)

    assert (answer["disagreements"], answer["repaired"], answer["findings"]) == (0, 0, [])
    assert [line["reconciliation_disagreements"] for line in output.metric("reconciliation_disagreements")] == [[0.0]]
    assert [line["message"] for line in output.logs] == ["reconciled"]


def test_a_disagreement_is_logged_counted_and_stored(function: ModuleType, output: Output, shop: PaidShop) -> None:
    shop.database.execute("UPDATE products SET stock = stock + 1")

    answer = _answer(function)

    assert (answer["disagreements"], answer["findings"][0]["subject"]) == (1, f"product:{shop.product_id}")
    assert [line["reconciliation_disagreements"] for line in output.metric("reconciliation_disagreements")] == [[1.0]]
    [logged] = [line for line in output.logs if line["message"] == "disagreement"]
    assert (logged["total"], logged["subjects"]) == (1, [f"product:{shop.product_id}"])
    [stored] = shop.database.rows("SELECT id, disagreements, repaired, report FROM reconciliations")
    assert (stored["id"], stored["disagreements"], stored["repaired"]) == (answer["report_id"], 1, 0)
    assert json.loads(stored["report"])["findings"] == answer["findings"]


def test_the_function_repairs_only_if_the_event_has_repair_true(function: ModuleType, shop: PaidShop) -> None:
    shop.database.execute("UPDATE products SET stock = stock + 1")

    disagreements = [
        _answer(function, **event)["disagreements"] for event in ({}, {"repair": "yes"}, {"repair": True}, {})
    ]

    assert disagreements == [1, 1, 0, 0]
    assert count(shop.database, "repairs") == 1


def test_the_command_line_prints_the_answer(
    function: ModuleType, shop: PaidShop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.database.execute("UPDATE products SET stock = stock + 1")
    answer = _answer(function, days=None)
    capsys.readouterr()

    assert print_report(answer) == 1
    assert "product:" in capsys.readouterr().out


def test_the_schedule_checks_the_configured_number_of_days(
    function: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILIATION_DAYS", "3")

    window = function.handler(sample_event("schedules/reconcile"), an_execution(milliseconds_left=900_000))["window"]

    since, until = (datetime.fromisoformat(window[name]) for name in ("since", "until"))
    assert until - since == timedelta(days=3)


@pytest.mark.parametrize("days", [0, -1, "35", 1.5, True])
def test_days_must_be_a_positive_integer(function: ModuleType, days: object) -> None:
    with pytest.raises(ValueError, match="days must be"):
        function.handler({"days": days}, an_execution(milliseconds_left=900_000))
