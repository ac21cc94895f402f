"""The start of a local stack, its reload of changed code, and its end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.local_stack import LocalStack, eventually
from tests.support.threads import at_once
from tools.local.lambdas.limits import Limits
from tools.local.servers.process_table import is_running
from tools.local.stack import InvocationFailed
from tools.problems import LocalProblem
from tools.templates.model import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.local.stack import Invoke

_ROOT = Path(__file__).parents[3]


NEW_FUNCTION = """
def handler(event, context):
    return {"statusCode": 200, "body": "new"}
"""


def rewrite(file: Path, text: str) -> bool:
    """Write the file at each attempt, because the file watcher may not run yet at the first ones."""
    file.write_text(text)
    return True


def test_changed_code_is_served_without_a_restart(template: Path, tmp_path: Path, moto_url: str) -> None:
    function = template.parent / "http" / "scripted.py"
    with LocalStack(template, tmp_path, moto_url) as stack:
        old = stack.facts()["pid"]
        eventually(lambda: rewrite(function, NEW_FUNCTION) and stack.script().body == b"new")
        eventually(lambda: not is_running(old))


def test_a_changed_layer_is_served_without_a_restart(template: Path, tmp_path: Path, moto_url: str) -> None:
    with LocalStack(template, tmp_path, moto_url) as stack:
        assert stack.get("/echo").headers["x-layer"] == "from the layer"
        layer = template.parent / "layer" / "words.py"
        eventually(lambda: rewrite(layer, 'SHARED = "new"\n') and stack.get("/echo").headers["x-layer"] == "new")


def test_a_changed_template_is_reported_as_needing_a_restart(template: Path, tmp_path: Path, moto_url: str) -> None:
    with LocalStack(template, tmp_path, moto_url) as stack:
        text = template.read_text()
        eventually(lambda: rewrite(template, text) and any("changed: run" in r["message"] for r in stack.log()))


def test_the_preparation_runs_before_requests_and_schedules(template: Path, tmp_path: Path, moto_url: str) -> None:
    prepared = []

    async def prepare(invoke: Invoke) -> None:
        prepared.append(await invoke("ScriptedFunction", {"return": {"migrated": 3}}))
        prepared.append((tmp_path / "notebook" / "schedules").exists())

    with LocalStack(template, tmp_path, moto_url, prepare=prepare):
        assert prepared == [{"migrated": 3}, False]


def test_a_failed_preparation_ends_the_stack(template: Path, tmp_path: Path, moto_url: str) -> None:
    async def prepare(invoke: Invoke) -> None:
        await invoke("ScriptedFunction", {"raise": "no database"})

    with (
        pytest.raises(InvocationFailed, match="ScriptedFunction failed: ValueError: no database"),
        LocalStack(template, tmp_path, moto_url, prepare=prepare),
    ):
        pass


def test_an_unsupported_template_is_refused_with_its_property(template: Path, tmp_path: Path, moto_url: str) -> None:
    template.write_text(template.read_text().replace("GREETING: !Ref Greeting", "GREETING: !ImportValue Words"))
    with pytest.raises(TemplateError, match="The import of Words"), LocalStack(template, tmp_path, moto_url):
        pass


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("events.schedules.Schedules.run", "the scheduler"),
        ("events.pollers._Poller.run", "the poller of queue microshop-"),
        ("stack.watch", "the code watcher"),
        ("http_server._Server.serve", ("the gateway", "the server of the control port")),
    ],
)
def test_a_task_that_fails_ends_the_stack_and_is_named(
    template: Path, moto_url: str, monkeypatch: pytest.MonkeyPatch, *, part: str, name: str | tuple[str, str]
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(f"tools.local.{part}", fail)
    stack = LocalStack(template, template.parent, moto_url)
    with contextlib.suppress(LocalProblem):  # it may fail before it is ready
        stack.__enter__()
    stack.wait()

    assert str(stack.failure).startswith(name)
    assert str(stack.failure).endswith("failed, so the stack stops: KeyError('a bug')")
    assert any("KeyError: 'a bug'" in record.get("stack_trace", "") for record in stack.log())


def test_environments_start_with_the_first_event_and_end_when_idle(
    template: Path, tmp_path: Path, moto_url: str
) -> None:
    limits = Limits(environments_per_function=2, surplus_idle=0.1, idle=0.2)
    with LocalStack(template, tmp_path, moto_url, limits=limits) as stack:
        assert stack.environments("ScriptedFunction") == []
        pid = stack.facts()["pid"]
        assert eventually(lambda: stack.environments("ScriptedFunction") == [])
        assert eventually(lambda: not is_running(pid))


def test_a_function_keeps_one_of_several_idle_environments(template: Path, tmp_path: Path, moto_url: str) -> None:
    limits = Limits(environments_per_function=3, surplus_idle=0.1, idle=600)
    with LocalStack(template, tmp_path, moto_url, limits=limits) as stack:
        at_once(3, lambda _: stack.script(sleep=0.5))
        started = {environment["pid"] for environment in stack.environments("ScriptedFunction")}
        assert len(started) > 1

        assert eventually(lambda: len(stack.environments("ScriptedFunction")) == 1)
        assert stack.facts()["pid"] in started


def test_environments_and_state_file_end_with_the_stack(template: Path, tmp_path: Path, moto_url: str) -> None:
    with LocalStack(template, tmp_path, moto_url) as stack:
        pid = stack.facts()["pid"]
        info = json.loads((tmp_path / "run" / "stack.json").read_text())
        assert info["url"] == stack.info.url
    assert not is_running(pid)
    assert not (tmp_path / "run" / "stack.json").exists()


def test_messages_that_are_lost_with_the_stack_are_counted(
    template: Path, tmp_path: Path, start_moto: Callable[[], str]
) -> None:
    with LocalStack(template, tmp_path, start_moto()) as stack:
        for _ in range(2):
            stack.aws("sqs").send_message(QueueUrl=stack.info.queues["DeadLetters"], MessageBody="{}")

    [message] = [record["message"] for record in stack.log() if "Lost" in record["message"]]
    assert message == "Lost with the AWS stand-in, which keeps no queues: DeadLetters 2"


def test_environments_die_with_a_stack_that_is_killed(template: Path, tmp_path: Path, moto_url: str) -> None:
    program = textwrap.dedent("""
        import sys, threading
        from pathlib import Path
        from tests.support.local_stack import LocalStack
        with LocalStack(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]) as stack:
            print(stack.facts()["pid"], flush=True)
            stack.script("/reserved")  # creates its process, so that busy means that it runs the function
            busy = threading.Thread(target=lambda: stack.script("/reserved", sleep=4))
            busy.start()
            while not any(environment["busy"] for environment in stack.environments("ReservedFunction")):
                pass
            print(stack.environments("ReservedFunction")[0]["pid"], flush=True)
            busy.join()
    """)
    command = [sys.executable, "-c", program, str(template), str(tmp_path), moto_url]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        idle, busy = int(runner.stdout.readline()), int(runner.stdout.readline())
        assert is_running(idle)
        os.kill(runner.pid, signal.SIGKILL)
    assert eventually(lambda: not is_running(idle) and not is_running(busy))
