"""The responses of custom resources to CloudFormation, over HTTP."""

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
from tests.support.builders import an_execution
from tests.support.output import Output, send_logs_to_captured_output

_QUERY = "AWSAccessKeyId=AKIA&Expires=1790000000&Signature=a%2Bb%3D"


@dataclass
class _ResponseUrl:
    """The URL in S3 at which CloudFormation waits for the response. Answers with `refusals` first."""

    url: str = ""
    refusals: list[int] = field(default_factory=list)
    put: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def answer(self) -> dict[str, Any]:
        [(_, _, answer)] = self.put
        return answer


class _PublicError(Exception):
    """An error whose text may be shown."""


@pytest.fixture
def response_url() -> Iterator[_ResponseUrl]:
    found = _ResponseUrl()

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
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_resource, "_RETRY_PAUSE_SECONDS", 0)
    monkeypatch.setattr(custom_resource, "_PAUSES_BEFORE_SENDING", (0, 0, 0))


def _event(response_url: _ResponseUrl, kind: str = "Update", **more: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": response_url.url,
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop-Schema/1",
        "RequestId": "6f2c",
        "LogicalResourceId": "Migration",
        "ResourceType": "Custom::Migration",
        "ResourceProperties": {"CodeVersion": "2"},
        "OldResourceProperties": {"CodeVersion": "1"},
        **more,
    }


def _answer(
    event: Mapping[str, Any], work: Callable[[], Mapping[str, str]], milliseconds_left: int = 900_000
) -> custom_resource.Outcome:
    return custom_resource.respond(
        event,
        an_execution(milliseconds_left=milliseconds_left),
        work,
        name="microshop-schema",
        public_errors=(_PublicError, Unavailable),
    )


def _failing(error: BaseException) -> Callable[[], Mapping[str, str]]:
    def work() -> Mapping[str, str]:
        raise error

    return work


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_response_of_successful_work_has_its_attributes(response_url: _ResponseUrl, kind: str) -> None:
    _answer(_event(response_url, kind), lambda: {"SchemaVersion": "0026"})

    assert response_url.answer == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "microshop-schema",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop-Schema/1",
        "RequestId": "6f2c",
        "LogicalResourceId": "Migration",
        "Data": {"SchemaVersion": "0026"},
    }


def test_the_response_is_sent_to_the_signed_url_unchanged(response_url: _ResponseUrl) -> None:
    _answer(_event(response_url), dict)

    [(path, headers, _)] = response_url.put
    assert path == f"/answers/one?{_QUERY}"
    assert "content-type" not in headers  # the signature is for a request without it
    assert "transfer-encoding" not in headers  # S3 refuses chunked requests


def test_a_delete_does_nothing_and_succeeds(response_url: _ResponseUrl) -> None:
    _answer(_event(response_url, "Delete", PhysicalResourceId="microshop-schema"), _failing(AssertionError()))

    assert (response_url.answer["Status"], response_url.answer["PhysicalResourceId"]) == ("SUCCESS", "microshop-schema")


def test_a_resource_keeps_its_id(response_url: _ResponseUrl) -> None:
    _answer(_event(response_url, PhysicalResourceId="of-an-earlier-release"), dict)

    assert response_url.answer["PhysicalResourceId"] == "of-an-earlier-release"


def test_the_response_of_a_public_error_has_its_text(response_url: _ResponseUrl, output: Output) -> None:
    _answer(_event(response_url), _failing(_PublicError("0003_c.sql was changed.")))

    assert response_url.answer["Status"] == "FAILED"
    assert response_url.answer["Reason"].startswith("0003_c.sql was changed.")
    assert [line["level"] for line in output.logs] == ["ERROR", "INFO"]


def test_the_response_of_another_error_has_its_number_and_place(response_url: _ResponseUrl, output: Output) -> None:
    error = RuntimeError(1062, "Duplicate entry 's3cr3t' for key 'users.email'")
    error.add_note("in 0027_make_unique.sql")

    _answer(_event(response_url), _failing(error))

    assert response_url.answer["Reason"] == "RuntimeError 1062 in 0027_make_unique.sql (See the function's log.)"


def test_a_long_reason_is_cut_to_the_limit_of_cloudformation(response_url: _ResponseUrl, output: Output) -> None:
    _answer(_event(response_url), _failing(_PublicError("王" * 5000)))

    assert 990 < len(response_url.answer["Reason"].encode()) <= 1000


def test_work_is_repeated_while_a_dependency_is_unavailable(response_url: _ResponseUrl, output: Output) -> None:
    calls: list[int] = []

    def work() -> Mapping[str, str]:
        calls.append(1)
        if len(calls) < 4:
            raise Unavailable("database", "OperationalError 1045")
        return {}

    _answer(_event(response_url), work)

    assert response_url.answer["Status"] == "SUCCESS"


def test_a_dependency_that_stays_unavailable_is_the_reason(response_url: _ResponseUrl, output: Output) -> None:
    _answer(_event(response_url), _failing(Unavailable("database", "OperationalError 1045")))

    assert response_url.answer["Reason"].startswith("database does not answer: OperationalError 1045")


def test_waiting_work_is_interrupted_in_time_for_the_response(
    response_url: _ResponseUrl, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_resource, "_SECONDS_TO_RESPOND", 25)
    ended: list[str] = []

    def work() -> Mapping[str, str]:
        with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_connection(silent.getsockname()) as client:
            try:
                client.recv(1)
            except Exception:  # noqa: BLE001 - as other code may do
                ended.append("caught")
            finally:
                ended.append("closed")
        return {}

    _answer(_event(response_url), work, milliseconds_left=25_200)

    assert response_url.answer["Status"] == "FAILED"
    assert "takes longer" in response_url.answer["Reason"]
    assert ended == ["closed"]


def test_the_timer_is_cancelled_after_the_work(response_url: _ResponseUrl, output: Output) -> None:
    _answer(_event(response_url), dict, milliseconds_left=25_300)

    threading.Event().wait(0.5)

    assert response_url.answer["Status"] == "SUCCESS"


def test_a_refused_response_is_sent_again(response_url: _ResponseUrl) -> None:
    response_url.refusals += [503, 500]

    _answer(_event(response_url), dict)

    assert response_url.answer["Status"] == "SUCCESS"


def test_an_undeliverable_response_fails_the_invocation(output: Output) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    closed = _ResponseUrl(f"http://127.0.0.1:{port}/answers?Signature=s3cr3t")

    with pytest.raises(Unavailable) as error:
        _answer(_event(closed), dict)

    assert "s3cr3t" not in str(error.value) + output.text


def test_the_signature_of_the_url_is_not_logged(response_url: _ResponseUrl, output: Output) -> None:
    _answer(_event(response_url), _failing(_PublicError("no")))

    assert "Signature" not in output.text


def test_an_invocation_by_an_operator_is_not_a_custom_resource() -> None:
    assert not custom_resource.is_request({})
    assert not custom_resource.is_request({"status": True})
