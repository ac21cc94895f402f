"""What /_local/requests and /_local/events show of the stack on the fixture template."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.support.local_stack import eventually

if TYPE_CHECKING:
    from tests.support.local_stack import Answer, LocalStack


def about(stack: LocalStack, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = stack.get(f"/_local/requests.json?id={answer.headers['x-amzn-requestid']}").json()
    return found


def lines(stack: LocalStack, answer: Answer) -> list[dict[str, Any]]:
    """What the functions of a request logged; output may arrive after the answer."""
    return eventually(lambda: about(stack, answer)["log"])


def publish(stack: LocalStack, trace: str, **data: Any) -> str:
    """Send a queue what a rule would put there. Returns the event's id."""
    event_id = str(uuid.uuid4())
    detail = {"id": event_id, "version": 1, "time": datetime.now(UTC).isoformat(), "trace": trace, "data": {}}
    body = json.dumps({"detail-type": "Ordered", "detail": detail, **data})
    stack.aws("sqs").send_message(QueueUrl=stack.info.queues["Queue"], MessageBody=body)
    return event_id


def test_a_request_is_remembered_with_what_its_functions_logged(stack: LocalStack) -> None:
    said = f"hello {uuid.uuid4()}"
    answer = stack.script("/scripted?page=1&token=hunter2", print=said)

    shown = about(stack, answer)
    assert (shown["method"], shown["target"], shown["status"]) == ("POST", "/scripted?page=1&token=***", 200)
    assert (shown["function"], shown["refusal"]) == ("ScriptedFunction", None)
    assert shown["duration_ms"] > 0
    assert [(line["function"], line["message"]) for line in lines(stack, answer)] == [("ScriptedFunction", said)]


def test_the_log_of_a_request_has_what_its_authorizer_logged(stack: LocalStack) -> None:
    answer = stack.get("/private", Authorization="away")

    shown = about(stack, answer)
    assert (shown["status"], shown["function"], shown["refusal"]) == (503, "EchoFunction", "AUTHORIZER_FAILURE")
    (line,) = lines(stack, answer)
    assert line["function"] == "AuthorizerFunction"
    assert line["message"] == "ConnectionError: the token store does not answer"


def test_a_request_that_ended_in_an_error_shows_its_traceback(stack: LocalStack) -> None:
    failed = stack.script(**{"raise": "the shelf is empty"})
    shown = about(stack, failed)
    page = stack.get(f"/_local/requests?id={failed.headers['x-amzn-requestid']}").body.decode()

    assert (shown["status"], shown["refusal"]) == (502, "DEFAULT_5XX")
    (line,) = lines(stack, failed)
    assert (line["level"], line["message"]) == ("ERROR", "ValueError: the shelf is empty")
    assert "scripted.py" in line["traceback"]
    assert page.count("scripted.py") == 1
    assert page.index("Why") < page.index("ValueError: the shelf is empty") < page.index("<h2>Log")


def test_a_request_that_took_too_long_shows_what_its_function_logged(stack: LocalStack) -> None:
    answer = stack.script("/impatient", print="I sleep", sleep=1)

    shown = about(stack, answer)
    assert (shown["status"], shown["refusal"]) == (504, "INTEGRATION_TIMEOUT")
    assert [line["message"] for line in lines(stack, answer)] == ["I sleep"]


def test_a_request_to_an_unknown_path_is_remembered_without_a_function(stack: LocalStack) -> None:
    shown = about(stack, stack.get("/nowhere"))

    assert (shown["status"], shown["function"], shown["refusal"]) == (404, None, "MISSING_AUTHENTICATION_TOKEN")


def test_lines_that_are_no_unicode_can_be_shown(stack: LocalStack) -> None:
    odd = stack.script(print=json.dumps({"level": "INFO", "message": "half \ud800"}))

    assert [line["message"] for line in lines(stack, odd)] == ["half \ud800"]
    assert stack.get(f"/_local/requests?id={odd.headers['x-amzn-requestid']}").status == 200


def test_an_event_leads_to_the_request_that_caused_it_and_back(stack: LocalStack) -> None:
    trace = "Root=1-65be0000-" + uuid.uuid4().hex[:24]
    cause = stack.get("/echo", X_Amzn_Trace_Id=trace)
    event_id = publish(stack, trace)

    (delivery,) = eventually(lambda: about(stack, cause)["events"])
    shown = stack.get(f"/_local/events.json?id={event_id}").json()
    assert (delivery["event_id"], delivery["event_type"], delivery["result"]) == (event_id, "Ordered", "handled")
    assert shown["request_id"] == cause.headers["x-amzn-requestid"]
    assert shown["detail"]["trace"] == trace
    assert [each["attempt"] for each in shown["deliveries"]] == [1]


def test_an_event_that_its_consumer_fails_is_retried_and_then_dead_lettered(stack: LocalStack) -> None:
    event_id = publish(stack, "Root=1-0-0", fail="batch")

    def deliveries() -> list[dict[str, Any]]:
        listed = stack.get("/_local/events.json").json()
        return [each for each in reversed(listed) if each["event_id"] == event_id]

    eventually(lambda: len(deliveries()) == 2)
    assert [(each["attempt"], each["result"]) for each in deliveries()] == [(1, "retried"), (2, "dead-lettered")]
    for query, is_listed in (("result=dead-lettered&consumer=ConsumerFunction", True), ("result=handled", False)):
        listed = stack.get(f"/_local/events.json?event_type=Ordered&{query}").json()
        assert (event_id in {each["event_id"] for each in listed}) == is_listed
    page = stack.get(f"/_local/events?id={event_id}").body.decode()
    assert "make dead-letters" in page
    assert "<h2>Log</h2>" in page


def test_a_message_that_is_no_event_is_shown_by_its_own_id(stack: LocalStack) -> None:
    sent = stack.aws("sqs").send_message(QueueUrl=stack.info.queues["Queue"], MessageBody='{"n": 1}')["MessageId"]

    eventually(lambda: stack.get(f"/_local/events.json?id={sent}").status == 200)
    shown = stack.get(f"/_local/events.json?id={sent}").json()
    assert (shown["detail"], shown["request_id"]) == ({"n": 1}, None)
