"""Functions run in processes that behave like Lambda's execution environments."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.local_stack import eventually
from tools.local.lambdas.environment import Environment
from tools.local.logs import Log
from tools.local.servers.process_table import entry_of, is_running
from tools.templates.model import Function

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.local_stack import Answer, LocalStack
    from tools.local.lambdas.environment import InvocationResult


WAITING = """
import os, time
from pathlib import Path

def handler(event, context):
    folder = Path(os.environ["FOLDER"])
    (folder / "started").touch()
    while not (folder / "sent").exists():
        time.sleep(0.01)
    return "answered"
"""


def script_concurrently(stack: LocalStack, count: int, path: str = "/scripted", **script: Any) -> list[Answer]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: stack.script(path, **script), range(count)))


def invoke(stack: LocalStack, function: str, event: object) -> tuple[str | None, Any]:
    answer = stack.aws("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def test_an_environment_keeps_its_modules_state_between_events(stack: LocalStack) -> None:
    first, second = stack.facts(), stack.facts()
    assert second["pid"] == first["pid"]
    assert second["calls"] == first["calls"] + 1


def test_functions_with_the_same_code_share_no_state(stack: LocalStack) -> None:
    scripted, reserved = stack.facts(), stack.script("/reserved").json()
    assert scripted["pid"] != reserved["pid"]


def test_concurrent_events_create_environments_up_to_the_limit(stack: LocalStack) -> None:
    answers = script_concurrently(stack, 6, sleep=1)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["pid"] for answer in answers}) == 4
    assert len(stack.environments("ScriptedFunction")) == 4


def test_a_function_is_throttled_above_its_reserved_concurrency(stack: LocalStack) -> None:
    statuses = [answer.status for answer in script_concurrently(stack, 3, "/reserved", sleep=2)]
    assert sorted(statuses) == [200, 500, 500]


def test_a_function_has_the_environment_and_context_of_lambda(stack: LocalStack) -> None:
    facts = stack.facts()
    environment = facts["environment"]
    assert environment["GREETING"] == "hello"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "microshop-ScriptedFunction"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-east-1"
    assert environment["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert environment["AWS_ENDPOINT_URL"] == stack.info.aws_endpoint_url
    assert "HOME" not in environment
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert facts["arn"].endswith(":function:microshop-ScriptedFunction")
    assert facts["memory"] == "256"
    assert 0 < facts["remaining"] <= 4000
    assert [path.rpartition("/")[2] for path in facts["path"][:2]] == ["http", "layer"]


def test_an_environment_does_not_import_modules_for_the_function(stack: LocalStack) -> None:
    assert not {"asyncio", "socket", "logging", "traceback", "infra", "site"} & set(stack.facts()["modules"])


def test_a_function_over_its_timeout_is_killed_and_replaced(stack: LocalStack) -> None:
    before = stack.facts()["pid"]
    assert stack.script(sleep=30).status == 502
    assert stack.facts()["pid"] != before
    assert eventually(lambda: not is_running(before))
    assert any("Task timed out after 4.00 seconds" in record["message"] for record in stack.log())


def test_a_function_continues_after_the_integration_timeout(stack: LocalStack) -> None:
    answer = stack.script("/impatient", sleep=0.6, print="went on")
    assert (answer.status, answer.json()) == (504, {"message": "Endpoint request timed out"})
    assert eventually(lambda: [record for record in stack.log() if record["message"] == "went on"])


def test_a_crashed_environment_is_replaced(stack: LocalStack) -> None:
    before = stack.facts()["pid"]
    assert stack.script(exit=3).status == 502
    assert stack.facts()["pid"] != before
    assert any("exit status 3" in record["message"] for record in stack.log())


def test_a_killed_idle_environment_loses_no_event(stack: LocalStack) -> None:
    pids = [environment["pid"] for environment in stack.environments("ScriptedFunction")]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    # A zombie may still have threads that hold its socket open, so the test waits until the stack has reaped it.
    assert eventually(lambda: not any(map(entry_of, pids)))
    assert stack.script().status == 200


def test_a_worker_counts_as_dead_before_its_exit_is_reported(tmp_path: Path) -> None:
    (tmp_path / "quick.py").write_text("def handler(event, context):\n    return 1\n")
    function = Function("Quick", "quick", tmp_path, (), "quick.handler", 30.0, 128, {})

    async def alive_before_and_after_a_kill() -> tuple[bool, bool]:
        environment = Environment(function, aws_endpoint_url="http://nowhere", log=Log(io.StringIO()))
        await environment.invoke(b"{}", "one", "trace")
        pid, before = environment.pid, environment.is_alive
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        # Blocks, so that the event loop has no turn in which it would report the exit.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222
        after = environment.is_alive
        environment.end()
        await environment.wait_ended()
        return before, after

    assert asyncio.run(alive_before_and_after_a_kill()) == (True, False)


def test_child_processes_end_with_their_environment(stack: LocalStack) -> None:
    stack.script(child=True, exit=1)
    child = int(eventually(lambda: stack.notes("child"))[0])
    assert eventually(lambda: not is_running(child))


def test_a_message_on_the_socket_does_not_end_a_busy_worker(tmp_path: Path) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    function = Function("Waiting", "waiting", tmp_path, (), "waiting.handler", 30.0, 128, {"FOLDER": str(tmp_path)})

    async def answer() -> InvocationResult:
        environment = Environment(function, aws_endpoint_url="http://nowhere", log=Log(io.StringIO()))
        invocation = asyncio.create_task(environment.invoke(b"{}", "one", "trace"))
        while not (tmp_path / "started").exists():  # noqa: ASYNC110  another process creates it
            await asyncio.sleep(0.01)
        assert environment._writer is not None
        environment._writer.write(b"\0")  # wakes a reader of the socket, as a late event does
        (tmp_path / "sent").touch()
        result = await invocation
        environment.end()
        await environment.wait_ended()
        return result

    assert asyncio.run(answer()).payload == b'"answered"'


def test_an_error_has_lambdas_form(stack: LocalStack) -> None:
    kind, error = invoke(stack, "ScriptedFunction", {"raise": "no such thing"})
    assert kind == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such thing")
    assert "scripted.py" in error["stackTrace"][0]


def test_a_result_that_cannot_be_serialized_is_an_error(stack: LocalStack) -> None:
    kind, error = invoke(stack, "ScriptedFunction", {"unserialisable": True})
    assert (kind, error["errorType"]) == ("Unhandled", "Runtime.MarshalError")


def test_a_module_that_cannot_be_imported_is_an_error(stack: LocalStack) -> None:
    kind, error = invoke(stack, "BrokenFunction", {})
    assert (kind, error["errorType"]) == ("Unhandled", "Runtime.ImportModuleError")
    assert error["errorMessage"] == "Unable to import module 'no_such_module': No module named 'no_such_module'"


def test_a_function_is_invoked_by_logical_id_name_or_arn(stack: LocalStack) -> None:
    names = ("ScriptedFunction", "microshop-ScriptedFunction", stack.facts()["arn"])
    assert [invoke(stack, name, {"return": 1}) for name in names] == [(None, 1)] * 3


def test_invoking_an_unknown_function_fails(stack: LocalStack) -> None:
    client = stack.aws("lambda")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Nope"):
        client.invoke(FunctionName="Nope")


def test_an_asynchronous_event_is_retried_twice(stack: LocalStack) -> None:
    (stack.notebook / "failures").write_text("2")
    answer = stack.aws("lambda").invoke(
        FunctionName="ScheduledFunction", InvocationType="Event", Payload=json.dumps({"flaky": True}).encode()
    )
    assert answer["StatusCode"] == 202
    assert eventually(lambda: stack.notes("schedules").count({"flaky": True}) == 3)


def test_the_output_of_a_function_is_logged_with_name_and_request(stack: LocalStack) -> None:
    stack.script(print="hello log")
    record = eventually(lambda: [record for record in stack.log() if record["message"] == "hello log"])[0]
    assert record["function"] == "ScriptedFunction"
    assert record["request_id"]
