"""Handlers of payments and exports, with sample events on fakes."""

import base64
import json
import re
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

from microshop.errors import InvalidWebhook
from microshop.exports.exporting import Export
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import Payment
from microshop.payments.providers.port import ProviderEvent, UnusableEvent
from microshop.payments.starting import StartedPayment
from tests.support.builders import an_execution
from tests.support.functions import ROOT, load_function, plug, sample_event
from tests.support.order_builders import an_order
from tests.support.output import Output, dimensions_of
from tests.support.payment_builders import a_payment, a_refund, an_entry

pytestmark = pytest.mark.usefixtures("environment")

_SECRET = "pi_1_secret_x"


def _answer(module: ModuleType, name: str, **changed: Any) -> dict[str, Any]:
    answer: dict[str, Any] = module.handler(sample_event(name) | changed, an_execution())
    return answer


def _body(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"])


def _reviews(output: Output) -> list[str]:
    return [dimensions_of(line)["reason"] for line in output.metric("payments_to_review_total")]


def _starting(monkeypatch: pytest.MonkeyPatch, *, outcome: Outcome = Outcome.NOTHING_NEW) -> ModuleType:
    monkeypatch.setenv("PAYMENT_PROVIDER", "stripe")
    module = load_function("payments/start_payment")
    started = StartedPayment(311, "stripe", "open", _SECRET, "pk_1", outcome)
    plug(module, PaymentsUnitOfWork=None, provider=None, start_payment=started)
    return module


def test_start_payment_logs_the_outcome_and_no_secret(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(_starting(monkeypatch), "payments/start_payment")

    settled = output.logs[0]
    assert (settled["outcome"], settled["payment_id"]) == ("nothing_new", 311)
    assert _SECRET not in output.text


def test_get_payments_shows_the_ledger_only_to_admins(output: Output) -> None:
    module, event = load_function("payments/get_payments"), sample_event("payments/get_payments")
    found = Mock(payments=lambda _: [a_payment()], refunds=lambda _: [a_refund()], entries=lambda _: [an_entry()])
    plug(module, OrderQueries=Mock(by_id=lambda *_: an_order()), PaymentQueries=found)

    owners = _body(module.handler(event, an_execution()))
    event["requestContext"]["authorizer"]["scopes"] = "read_orders"
    admins = _body(module.handler(event, an_execution()))

    assert owners == {name: admins[name] for name in ("payments", "refunds")}
    assert [entry["kind"] for entry in admins["ledger"]] == ["captured"]


def test_refund_order_reports_a_failed_refund(output: Output) -> None:
    module = load_function("payments/refund_order")
    plug(module, PaymentsUnitOfWork=None, invalidate_products="", refund_order=a_refund(state="failed"))

    answer = _answer(module, "payments/refund_order")

    assert (answer["statusCode"], _body(answer)["status"]) == (201, "failed")
    assert _reviews(output) == ["refund_failed"]
    assert [line["refund_id"] for line in output.logs] == [52, 52]


@pytest.mark.parametrize("name", ["payments/refund_order", "exports/create_export"])
def test_admin_endpoint_refuses_customers(output: Output, name: str) -> None:
    event = sample_event(name)
    event["requestContext"]["authorizer"]["scopes"] = ""

    assert load_function(name).handler(event, an_execution())["statusCode"] == 403


def _webhook_function(
    outcome: Outcome = Outcome.PAID, error: Exception | None = None, payment: Payment | None = None
) -> tuple[ModuleType, Mock]:
    module, read = load_function("payments/stripe_webhook"), Mock(side_effect=error)
    read.return_value = ProviderEvent("evt_1", "payment_intent.succeeded", None)
    plug(module, PaymentsUnitOfWork=None, provider=Mock(read_event=read), apply_event=(outcome, payment))
    return module, read


@pytest.mark.parametrize("is_base64", [False, True])
def test_stripe_webhook_checks_the_signature_over_the_raw_bytes(output: Output, is_base64: bool) -> None:
    (module, read), event = _webhook_function(), sample_event("payments/stripe_webhook")
    sent = event["body"].encode()
    body = base64.b64encode(sent).decode() if is_base64 else event["body"]

    answer = module.handler(event | {"body": body, "isBase64Encoded": is_base64}, an_execution())

    body, headers = read.call_args.args
    assert (answer["statusCode"], _body(answer)) == (200, {"received": True})
    assert body == sent
    assert headers["stripe-signature"] == event["headers"]["stripe-signature"]


def test_stripe_webhook_refuses_a_bad_signature_without_a_reason(output: Output) -> None:
    module, _ = _webhook_function(error=InvalidWebhook("SignatureVerificationError"))
    module.apply_event = Mock(side_effect=AssertionError)  # type: ignore[attr-defined]

    answer = _answer(module, "payments/stripe_webhook")

    assert (answer["statusCode"], _body(answer)["type"]) == (400, "urn:microshop:problem:invalid-webhook")
    assert "SignatureVerificationError" not in answer["body"]


def test_stripe_webhook_acknowledges_and_counts_an_unusable_event(output: Output) -> None:
    module, _ = _webhook_function(
        error=UnusableEvent("evt_1", "charge.dispute.updated", "amount_minor: is not a whole number")
    )

    answer = _answer(module, "payments/stripe_webhook")

    [line] = output.metric("payments_to_review_total")
    assert (answer["statusCode"], line["reason"]) == (200, "unusable")
    assert (output.logs[0]["event_id"], output.logs[0]["problem"]) == ("evt_1", "amount_minor: is not a whole number")


def test_runbook_explains_exactly_the_outcomes_that_need_review() -> None:
    runbook = (ROOT / "docs/runbooks/PaymentsToReview.md").read_text(encoding="utf-8")
    [meaning] = [line for line in runbook.splitlines() if line.startswith("**What it means.**")]

    assert set(re.findall(r"`(\w+)`", meaning)) == {outcome for outcome in Outcome if outcome.needs_review}


def test_outcome_is_counted_and_logged_as_a_warning_when_it_needs_review(output: Output) -> None:
    for outcome in Outcome:
        _answer(_webhook_function(outcome)[0], "payments/stripe_webhook")

    counted = [dimensions_of(line) for line in output.metric("payments_to_review_total")]
    to_review = [outcome for outcome in Outcome if outcome.needs_review]
    assert counted == [{"service": "microshop", "reason": outcome} for outcome in to_review]
    logged = [(line["outcome"], line["level"], line["event_id"]) for line in output.logs if "outcome" in line]
    assert logged == [(outcome, "WARNING" if outcome.needs_review else "INFO", "evt_1") for outcome in Outcome]


def test_stripe_webhook_logs_the_order_and_payment_of_the_event(output: Output) -> None:
    payment = a_payment()

    _answer(_webhook_function(Outcome.DISPUTED, payment=payment)[0], "payments/stripe_webhook")

    assert (output.logs[0]["order_id"], output.logs[0]["payment_id"]) == (payment.order_id, payment.id)


def _exporting(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, Mock]:
    monkeypatch.setenv("EXPORT_BUCKET_NAME", "exports")
    module, written = load_function("exports/create_export"), Mock(return_value=Export(3, "cursor"))
    file = Mock(url=lambda seconds: f"https://exports.example/file?seconds={seconds}", key="exports/2026/02/x/file.csv")
    plug(module, ExportsUnitOfWork=None)
    monkeypatch.setattr("microshop.exports.upload.Upload", lambda *_: file)
    module.create_export = written  # type: ignore[attr-defined]
    return module, written


def test_create_export_answers_with_a_link_that_expires(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_URL_SECONDS", "60")

    answer = _answer(_exporting(monkeypatch)[0], "exports/create_export")

    assert answer["statusCode"] == 201
    assert answer["headers"]["Location"] == _body(answer)["url"] == "https://exports.example/file?seconds=60"
    assert (_body(answer)["rows"], _body(answer)["next_cursor"]) == (3, "cursor")


def test_create_export_logs_the_key_of_the_file_and_not_its_link(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(_exporting(monkeypatch)[0], "exports/create_export")

    [line] = output.logs
    assert (line["rows"], line["key"]) == (3, "exports/2026/02/x/file.csv")
    assert "https://exports.example" not in output.text
