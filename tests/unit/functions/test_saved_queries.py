"""Every field and message of the saved log queries occurs in lines of functions, the gateway or Lambda."""

import json
import re
from typing import Any

import pytest

from microshop.errors import NotFound
from microshop.http import Request, Response, endpoint, ok
from microshop.messaging.consumer import consumer
from microshop.operator_actions import log_action
from microshop.payments.outcomes import Outcome
from microshop.payments.reporting import report, report_failure
from tests.support.alarm_simulation import deployed
from tests.support.builders import a_batch, a_caller, a_message, an_api_event, an_execution
from tests.support.event_types import SAMPLES
from tests.support.output import Output

pytestmark = pytest.mark.usefixtures("environment")

# Fields that Logs Insights discovers by itself (CloudWatch Logs, "Supported logs and discovered fields").
_DISCOVERED = {"@timestamp", "@message", "@log", "@type", "@initDuration", "@maxMemoryUsed"}
_WORDS = (
    "fields filter sort limit stats by as in like desc asc not and or is count pct max min latest bin ispresent"
).split()
_METRIC = {"_aws.Timestamp"}
# Messages of the previous release, whose log lines are kept for LogRetentionDays.
_PREVIOUS_MESSAGES = {"a payment needs somebody to look at it"}


@pytest.fixture
def lines(output: Output) -> list[dict[str, Any]]:
    """Log lines of handlers for success, refusal and failure."""

    @endpoint()
    def serve(request: Request) -> Response:
        if request.method == "POST":
            raise RuntimeError("unforeseen")
        return ok({})

    @consumer("send_customer_mail", SAMPLES)
    def react(event: Any, _delivery: Any) -> str:
        if event.type == "OrderPaid":
            raise NotFound("order")
        return "sent"

    for method in ("GET", "POST"):
        serve(an_api_event(method=method, path={"id": "7"}, caller=a_caller()), an_execution())
    react(a_batch(a_message(), a_message(event_type="OrderPaid")), an_execution())
    report(
        Outcome.DISPUTED,
        order_id=1,
        payment_id=2,
        provider="stripe",
        event_id="evt_1",
        event_type="charge.dispute.created",
    )
    try:
        raise RuntimeError("unforeseen")
    except RuntimeError as error:
        report_failure(error, order_id=1, refund_id=3)
    report_failure(NotFound("order"), order_id=1)
    log_action("redrive", {"operator": "ada"}, queue="CustomerMail")
    return output.logs


def _queries() -> dict[str, Any]:
    return {query["Name"]: query for query in deployed().of("AWS::Logs::QueryDefinition")}


def test_every_field_of_a_query_is_logged(lines: list[dict[str, Any]]) -> None:
    stages = deployed().of("AWS::ApiGateway::Stage")
    access = {name for stage in stages for name in json.loads(stage["AccessLogSetting"]["Format"])}
    logged = {name for line in lines for name in line}

    known = logged | access | _DISCOVERED | _METRIC
    unknown = {name: _fields(query["QueryString"]) - known for name, query in _queries().items()}
    assert {name: fields for name, fields in unknown.items() if fields} == {}


def test_every_message_that_a_query_looks_for_is_logged(lines: list[dict[str, Any]]) -> None:
    messages = {line["message"] for line in lines} | _PREVIOUS_MESSAGES

    unknown = {name: _messages(query["QueryString"]) - messages for name, query in _queries().items()}
    assert {name: sought for name, sought in unknown.items() if sought} == {}


def test_queries_look_into_log_groups_that_exist() -> None:
    groups = {group.stack.ref(group.logical_id) for group in deployed().of("AWS::Logs::LogGroup")}

    read = {name: set(query["LogGroupNames"]) for name, query in _queries().items()}
    assert {name: named for name, named in read.items() if not named or named - groups} == {}


def test_request_and_its_events_share_the_trace(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    @endpoint()
    def serve(_request: Request) -> Response:
        return ok({})

    @consumer("count_orders", SAMPLES)
    def react(_event: Any, _delivery: Any) -> str:
        return "counted"

    serve(an_api_event(), an_execution())
    react(a_batch(a_message()), an_execution())

    assert all("1-5759e988-bd862e3fe1be46a994272793" in json.dumps(line) for line in output.logs)
    assert len(output.logs) == 2


def _messages(query: str) -> set[str]:
    """The messages that a query looks for."""
    lists = re.findall(r"message in \[([^\]]+)\]", query)
    return set(re.findall(r'message = "([^"]+)"', query)).union(*(re.findall(r'"([^"]+)"', each) for each in lists))


def _fields(query: str) -> set[str]:
    """The fields that a query reads, without keywords, strings, patterns and aliases."""
    text = re.sub(r'"[^"]*"|/[^/\n]+/|\b\d\w*', "", query)
    named = set(re.findall(r"\bas (\w+)", text))
    return {word for word in re.findall(r"@?[A-Za-z_][\w.]*", text) if word not in _WORDS} - named
