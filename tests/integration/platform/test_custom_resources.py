"""What CloudFormation is answered over HTTP, whatever becomes of the work that it asked for."""

import contextlib
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from microshop.errors import Unavailable
from microshop.platform import custom_resource
from tests.support.output import Output, send_logs_to_captured_output

_QUERY = "AWSAccessKeyId=AKIA&Expires=1790000000&Signature=a%2Bb%3D"


@dataclass
class _Waiting:
    """Stands for the address in S3 at which CloudFormation waits; refuses as often as it is told to."""

    url: str = ""
    refusals: list[int] = field(default_factory=list)
    put: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def answer(self) -> dict[str, Any]:
        [(_, _, answer)] = self.put
        return answer


class _Context:
    """What is left of a function's time."""

    def __init__(self, seconds: float = 900) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


class _SomethingKnown(Exception):
    """Its text is for everybody."""


@pytest.fixture
def waiting() -> Iterator[_Waiting]:
    found = _Waiting()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = found.refusals.pop(0) if found.refusals else 200
            if status == 200:
                found.put.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/answers/one?{_QUERY}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Output:
    send_logs_to_captured_output(monkeypatch)
    return Output(capsys)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr(custom_resource, "_RETRY_PAUSE_SECONDS", 0)
    monkeypatch.setattr(custom_resource, "_PAUSES_BEFORE_SENDING", (0, 0, 0))


def _event(waiting: _Waiting, kind: str = "Update", **more: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": waiting.url,
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop-Schema/1",
        "RequestId": "6f2c",
        "LogicalResourceId": "Migration",
        "ResourceType": "Custom::Migration",
        "ResourceProperties": {"CodeVersion": "2"},
        "OldResourceProperties": {"CodeVersion": "1"},
        **more,
    }


def _answer(
    event: Mapping[str, Any], work: Callable[[], Mapping[str, str]], context: _Context | None = None
) -> custom_resource.Outcome:
    return custom_resource.respond(
        event, context or _Context(), work, name="microshop-schema", public_errors=(_SomethingKnown, Unavailable)
    )


def _failing(error: BaseException) -> Callable[[], Mapping[str, str]]:
    def work() -> Mapping[str, str]:
        raise error

    return work


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_work_that_is_done_is_answered_with_its_attributes(waiting: _Waiting, kind: str) -> None:
    _answer(_event(waiting, kind), lambda: {"SchemaVersion": "0026"})

    assert waiting.answer == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "microshop-schema",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop-Schema/1",
        "RequestId": "6f2c",
        "LogicalResourceId": "Migration",
        "Data": {"SchemaVersion": "0026"},
    }


def test_the_answer_is_put_to_the_address_as_it_was_signed(waiting: _Waiting) -> None:
    _answer(_event(waiting), dict)

    [(path, headers, _)] = waiting.put
    assert path == f"/answers/one?{_QUERY}"
    assert "content-type" not in headers  # the signature is for a request without
    assert "transfer-encoding" not in headers  # S3 takes no chunks


def test_a_delete_does_nothing_and_succeeds(waiting: _Waiting) -> None:
    _answer(_event(waiting, "Delete", PhysicalResourceId="microshop-schema"), _failing(AssertionError()))

    assert (waiting.answer["Status"], waiting.answer["PhysicalResourceId"]) == ("SUCCESS", "microshop-schema")


def test_a_resource_keeps_its_id_so_that_nothing_is_deleted(waiting: _Waiting) -> None:
    _answer(_event(waiting, PhysicalResourceId="of-an-earlier-release"), dict)

    assert waiting.answer["PhysicalResourceId"] == "of-an-earlier-release"


def test_a_refusal_is_told_with_its_reason(waiting: _Waiting, output: Output) -> None:
    _answer(_event(waiting), _failing(_SomethingKnown("0003_c.sql was changed.")))

    assert waiting.answer["Status"] == "FAILED"
    assert waiting.answer["Reason"].startswith("0003_c.sql was changed.")
    assert [line["level"] for line in output.logs] == ["ERROR", "INFO"]


def test_an_error_that_may_quote_rows_is_told_by_its_number_and_where_it_was(waiting: _Waiting, output: Output) -> None:
    error = RuntimeError(1062, "Duplicate entry 's3cr3t' for key 'users.email'")
    error.add_note("in 0027_make_unique.sql")

    _answer(_event(waiting), _failing(error))

    assert waiting.answer["Reason"] == "RuntimeError 1062 in 0027_make_unique.sql (The function's log says more.)"


def test_a_long_reason_is_cut_to_what_cloudformation_reads(waiting: _Waiting, output: Output) -> None:
    _answer(_event(waiting), _failing(_SomethingKnown("王" * 5000)))

    assert 990 < len(waiting.answer["Reason"].encode()) <= 1000


def test_what_does_not_answer_yet_is_asked_again(waiting: _Waiting, output: Output) -> None:
    asked: list[int] = []

    def work() -> Mapping[str, str]:
        asked.append(1)
        if len(asked) < 4:
            raise Unavailable("database", "OperationalError 1045")
        return {}

    _answer(_event(waiting), work)

    assert waiting.answer["Status"] == "SUCCESS"


def test_what_never_answers_is_told_in_the_end(waiting: _Waiting, output: Output) -> None:
    _answer(_event(waiting), _failing(Unavailable("database", "OperationalError 1045")))

    assert waiting.answer["Reason"].startswith("database does not answer: OperationalError 1045")


def test_work_that_waits_for_a_server_is_ended_in_time_for_the_answer(
    waiting: _Waiting, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_resource, "_SECONDS_TO_RESPOND", 25)
    ended: list[str] = []

    def work() -> Mapping[str, str]:
        with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_connection(silent.getsockname()) as client:
            try:
                client.recv(1)
            except Exception:  # noqa: BLE001 - as code on the way may do
                ended.append("taken for an error")
            finally:
                ended.append("closed")
        return {}

    _answer(_event(waiting), work, _Context(seconds=25.2))

    assert waiting.answer["Status"] == "FAILED"
    assert "takes longer" in waiting.answer["Reason"]
    assert ended == ["closed"]


def test_no_alarm_is_left_over(waiting: _Waiting, output: Output) -> None:
    _answer(_event(waiting), dict, _Context(seconds=25.3))

    threading.Event().wait(0.5)

    assert waiting.answer["Status"] == "SUCCESS"


def test_an_answer_that_is_not_taken_is_put_again(waiting: _Waiting) -> None:
    waiting.refusals += [503, 500]

    _answer(_event(waiting), dict)

    assert waiting.answer["Status"] == "SUCCESS"


def test_an_answer_that_cannot_be_delivered_fails_the_invocation_which_lambda_then_repeats(output: Output) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    nobody = _Waiting(f"http://127.0.0.1:{port}/answers?Signature=s3cr3t")

    with pytest.raises(Unavailable) as error:
        _answer(_event(nobody), dict)

    assert "s3cr3t" not in str(error.value) + output.text


def test_the_addresss_signature_is_not_logged(waiting: _Waiting, output: Output) -> None:
    _answer(_event(waiting), _failing(_SomethingKnown("no")))

    assert "Signature" not in output.text


def test_an_operator_is_no_deployment() -> None:
    assert not custom_resource.is_request({})
    assert not custom_resource.is_request({"status": True})
