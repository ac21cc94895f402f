"""/_local/requests and /_local/events of a stack with the fixture template."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.support.local_stack import eventually

if TYPE_CHECKING:
    from tests.support.local_stack import Answer, LocalStack


def shown_request(stack: LocalStack, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = stack.get(f"/_local/requests.json?id={answer.headers['x-amzn-requestid']}").json()
    return found


def log_lines(stack: LocalStack, answer: Answer) -> list[dict[str, Any]]:
    """The log lines of a request's functions, which may arrive after the answer."""
    return eventually(lambda: shown_request(stack, answer)["log"])


def publish(stack: LocalStack, trace: str, **data: Any) -> str:
    """Send an event to the queue, as a rule does. Returns its id."""
    event_id = str(uuid.uuid4())
    detail = {"id": event_id, "version": 1, "time": datetime.now(UTC).isoformat(), "trace": trace, "data": {}}
    body = json.dumps({"detail-type": "Ordered", "detail": detail, **data})
    stack.aws("sqs").send_message(QueueUrl=stack.info.queues["Queue"], MessageBody=body)
    return event_id


def test_a_request_is_shown_with_the_log_of_its_function(stack: LocalStack) -> None:
    message = f"hello {uuid.uuid4()}"
    answer = stack.script("/scripted?page=1&token=hunter2", print=message)

    shown = shown_request(stack, answer)
    assert (shown["method"], shown["target"], shown["status"]) == ("POST", "/scripted?page=1&token=***", 200)
    assert (shown["function"], shown["refusal"]) == ("ScriptedFunction", None)
    assert shown["duration_ms"] > 0
    assert [(line["function"], line["message"]) for line in log_lines(stack, answer)] == [("ScriptedFunction", message)]


def test_a_request_is_shown_with_the_log_of_its_authorizer(stack: LocalStack) -> None:
    answer = stack.get("/private", Authorization="away")

    shown = shown_request(stack, answer)
    assert (shown["status"], shown["function"], shown["refusal"]) == (503, "EchoFunction", "AUTHORIZER_FAILURE")
    (line,) = log_lines(stack, answer)
    assert line["function"] == "AuthorizerFunction"
    assert line["message"] == "ConnectionError: the token store does not answer"


def test_a_failed_request_is_shown_with_its_traceback(stack: LocalStack) -> None:
    failed = stack.script(**{"raise": "the shelf is empty"})
    shown = shown_request(stack, failed)
    page = stack.get(f"/_local/requests?id={failed.headers['x-amzn-requestid']}").body.decode()

    assert (shown["status"], shown["refusal"]) == (502, "DEFAULT_5XX")
    (line,) = log_lines(stack, failed)
    assert (line["level"], line["message"]) == ("ERROR", "ValueError: the shelf is empty")
    assert "scripted.py" in line["traceback"]
    assert page.count("scripted.py") == 1
    assert page.index("Why") < page.index("ValueError: the shelf is empty") < page.index("<h2>Log")


def test_a_request_that_timed_out_is_shown_with_its_log(stack: LocalStack) -> None:
    answer = stack.script("/impatient", print="I sleep", sleep=1)

    shown = shown_request(stack, answer)
    assert (shown["status"], shown["refusal"]) == (504, "INTEGRATION_TIMEOUT")
    assert [line["message"] for line in log_lines(stack, answer)] == ["I sleep"]


def test_a_request_to_an_unknown_path_is_shown_without_a_function(stack: LocalStack) -> None:
    shown = shown_request(stack, stack.get("/nowhere"))

    assert (shown["status"], shown["function"], shown["refusal"]) == (404, None, "MISSING_AUTHENTICATION_TOKEN")


def test_log_lines_with_invalid_unicode_can_be_shown(stack: LocalStack) -> None:
    answer = stack.script(print=json.dumps({"level": "INFO", "message": "half \ud800"}))

    assert [line["message"] for line in log_lines(stack, answer)] == ["half \ud800"]
    assert stack.get(f"/_local/requests?id={answer.headers['x-amzn-requestid']}").status == 200


def test_a_request_and_its_event_refer_to_each_other(stack: LocalStack) -> None:
    trace = "Root=1-65be0000-" + uuid.uuid4().hex[:24]
    cause = stack.get("/echo", X_Amzn_Trace_Id=trace)
    event_id = publish(stack, trace)

    (delivery,) = eventually(lambda: shown_request(stack, cause)["events"])
    shown = stack.get(f"/_local/events.json?id={event_id}").json()
    assert (delivery["event_id"], delivery["event_type"], delivery["result"]) == (event_id, "Ordered", "handled")
    assert shown["request_id"] == cause.headers["x-amzn-requestid"]
    assert shown["detail"]["trace"] == trace
    assert [each["attempt"] for each in shown["deliveries"]] == [1]


def test_an_event_whose_consumer_fails_is_shown_as_retried_and_dead(stack: LocalStack) -> None:
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


def test_a_message_that_is_not_an_event_is_shown_with_its_message_id(stack: LocalStack) -> None:
    sent = stack.aws("sqs").send_message(QueueUrl=stack.info.queues["Queue"], MessageBody='{"n": 1}')["MessageId"]

    eventually(lambda: stack.get(f"/_local/events.json?id={sent}").status == 200)
    shown = stack.get(f"/_local/events.json?id={sent}").json()
    assert (shown["detail"], shown["request_id"]) == ({"n": 1}, None)
