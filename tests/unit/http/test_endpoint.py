"""The frame around every HTTP function."""

import json
from itertools import product
from typing import Any

import pytest

from microshop.caller import ADMIN, CUSTOMER, Role
from microshop.errors import NotFound, TransactionConflict, Unavailable
from microshop.http import Request, Response, created, endpoint, no_content, not_modified, ok
from tests.support.builders import a_caller, an_api_event, an_execution
from tests.support.output import Output, dimensions_of
from tests.support.table_rows import wrong_answers

_A_SECRET = "correct-horse-battery-staple"


def _serve(
    answer: Response | Exception, event: dict[str, Any] | None = None, *, requires: Role | None = None
) -> dict[str, Any]:
    @endpoint(requires=requires)
    def handler(_request: Request) -> Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler(event or an_api_event(), an_execution())


def test_answer_becomes_a_proxy_response(output: Output) -> None:
    found = _serve(ok({"name": "王"}))

    assert (found["statusCode"], found["body"], found["isBase64Encoded"]) == (200, '{"name":"王"}', False)
    assert found["headers"]["Content-Type"] == "application/json"


def test_created_answer_has_a_location(output: Output) -> None:
    found = _serve(created({"id": 1}, location="/things/1"))

    assert (found["statusCode"], found["headers"]["Location"]) == (201, "/things/1")


@pytest.mark.parametrize("answer", [no_content(), not_modified({}, log={}, degraded="")])
def test_answer_without_a_body_has_no_content_type(output: Output, answer: Response) -> None:
    found = _serve(answer)

    assert found["body"] == ""
    assert "Content-Type" not in found["headers"]


@pytest.mark.parametrize("answer", [ok({}), no_content(), NotFound("thing"), RuntimeError("x")])
def test_every_answer_has_the_security_headers(output: Output, answer: Response | Exception) -> None:
    headers = _serve(answer)["headers"]

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("answer", [ok({}), NotFound("thing"), RuntimeError("x")])
def test_every_answer_may_be_read_by_the_front_end(output: Output, answer: Response | Exception) -> None:
    headers = _serve(answer)["headers"]

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert {"ETag", "Retry-After", "X-Request-Id"} <= set(headers["Access-Control-Expose-Headers"].split(", "))
    assert headers["Vary"] == "Accept-Encoding"


def test_answer_names_the_callers_origin_when_it_is_allowed(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = "https://a.example", "https://a.example,https://b.example"
    rows = [
        (one, None, "https://a.example"),
        (one, "https://evil.example", "https://a.example"),
        (two, "https://b.example", "https://b.example"),
        ("https://a.example, https://b.example", "https://b.example", "https://b.example"),
        (two, "https://a.example", "https://a.example"),
        (two, "https://b.example.evil.example", "https://a.example"),
        (two, "null", "https://a.example"),
        (two, "", "https://a.example"),
    ]

    def headers(allowed: str, origin: str | None, answer: Response | Exception) -> tuple[str, str, bool]:
        monkeypatch.setenv("CORS_ORIGIN", allowed)
        event = an_api_event(headers={} if origin is None else {"Origin": origin})
        found = _serve(answer, event)["headers"]
        return found["Access-Control-Allow-Origin"], found["Vary"], "Access-Control-Allow-Credentials" in found

    for answer in (ok({}), NotFound("thing"), RuntimeError("x")):
        expected = [
            (allowed, origin, answer, (named, "Accept-Encoding, Origin", False)) for allowed, origin, named in rows
        ]
        assert wrong_answers(headers, expected) == []


def test_answer_may_replace_a_header_of_the_frame(output: Output) -> None:
    assert _serve(ok({}, {"Cache-Control": "no-cache"}))["headers"]["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("answer", [ok({}), NotFound("thing"), RuntimeError("x")])
def test_request_id_comes_back_in_a_header(output: Output, answer: Response | Exception) -> None:
    found = _serve(answer, an_api_event(headers={"X-Request-Id": "mine-1"}))

    assert found["headers"]["X-Request-Id"] == "mine-1"


def test_problem_carries_the_request_id(output: Output) -> None:
    found = _serve(NotFound("thing"), an_api_event(request_id="gateway-7"))

    assert json.loads(found["body"])["request_id"] == "gateway-7"
    assert found["headers"]["Content-Type"] == "application/problem+json"


def test_endpoint_serves_callers_that_have_the_required_role(output: Output) -> None:
    rows: list[tuple[Role | None, Any, int]] = [
        (None, None, 200),
        (None, CUSTOMER, 200),
        (CUSTOMER, CUSTOMER, 200),
        (CUSTOMER, ADMIN, 200),
        (ADMIN, ADMIN, 200),
        (CUSTOMER, None, 401),
        (ADMIN, None, 401),
        (ADMIN, CUSTOMER, 403),
        (CUSTOMER, "something-else", 403),
    ]

    def status(requires: Role | None, role: Role | None) -> int:
        event = an_api_event(caller=a_caller(role=role) if role else None)
        answered: int = _serve(ok({}), event, requires=requires)["statusCode"]
        return answered

    assert wrong_answers(status, rows) == []


def test_caller_without_the_role_does_not_reach_the_endpoint(output: Output) -> None:
    reached = []

    @endpoint(requires=ADMIN)
    def handler(request: Request) -> Response:
        reached.append(request)
        return ok({})

    handler(an_api_event(caller=a_caller(role=CUSTOMER)), an_execution())

    assert reached == []


def test_request_writes_one_log_line(output: Output) -> None:
    event = an_api_event(
        method="PUT", route="/api/v1/things/{id}", path={"id": "9"}, caller=a_caller(user_id=17), request_id="gateway-7"
    )

    _serve(Response(200, log={"cache": "hit"}), event)

    [line] = output.logs
    assert line["message"] == "request"
    assert {
        name: line[name] for name in ("request_id", "method", "route", "subject_id", "status", "user_id", "cache")
    } == {
        "request_id": "gateway-7",
        "method": "PUT",
        "route": "/api/v1/things/{id}",
        "status": 200,
        "subject_id": 9,
        "user_id": 17,
        "cache": "hit",
    }
    assert line["duration_ms"] >= 0
    assert (line["invocation_id"], line["function"]) == ("invocation-1", "microshop-function")


def test_secrets_of_a_request_are_never_printed(output: Output) -> None:
    event = an_api_event(
        method="POST",
        headers={"Authorization": f"Bearer {_A_SECRET}", "Cookie": _A_SECRET},
        body={"email": "ada@example.com", "password": _A_SECRET},
        query={"q": [_A_SECRET]},
        caller=a_caller(session=_A_SECRET),
    )

    _serve(ok({"token": _A_SECRET, "email": "ada@example.com"}), event)

    assert _A_SECRET not in output.text
    assert "ada@example.com" not in output.text


def test_no_mail_address_of_an_exception_is_printed(output: Output) -> None:
    addresses = [
        "ada@example.com",
        "ada.lovelace+shop@sub.example.co.uk",
        "o'brien@example.com",
        "a/b@example.com",
        "a!#$%&*=?^`{|}~b@example.com",
    ]
    texts = ["{0}", "<{0}>", "'{0}'", '"{0}"', "Duplicate entry '{0}' for key 'users_email'", "\n{0}\n"]

    for text, address in product(texts, addresses):
        _serve(RuntimeError(text.format(address)))

    assert len(output.logs) == 2 * len(addresses) * len(texts)
    parts = ("example", *(address.partition("@")[0] for address in addresses))
    assert [part for part in parts if part in output.text] == []


def test_server_password_in_an_exception_is_not_printed(output: Output) -> None:
    _serve(RuntimeError("cannot reach mysql://microshop:s3cr3t@db.example.com:3306/microshop"))

    assert "s3cr3t" not in output.text


def test_unforeseen_error_is_an_opaque_500(output: Output) -> None:
    found = _serve(RuntimeError("the pipes are frozen"))

    assert found["statusCode"] == 500
    assert "frozen" not in found["body"]
    assert json.loads(found["body"])["type"] == "urn:microshop:problem:internal-error"


def test_unforeseen_error_is_logged_once_with_its_traceback(output: Output) -> None:
    _serve(RuntimeError("the pipes are frozen"), an_api_event(request_id="gateway-7"))

    [line] = [line for line in output.logs if "exception" in line]
    assert line["request_id"] == "gateway-7"
    assert line["exception_name"] == "RuntimeError"
    assert "Traceback" in line["exception"]
    assert "the pipes are frozen" in line["exception"]


def test_refusal_is_logged_without_an_error(output: Output) -> None:
    _serve(NotFound("thing"))

    assert [line["level"] for line in output.logs] == ["INFO"]
    assert output.metric("system_errors_total") == []


@pytest.mark.parametrize(
    ("answer", "status_class"),
    [
        (ok({}), "2xx"),
        (not_modified({}, log={}, degraded=""), "3xx"),
        (NotFound("x"), "4xx"),
        (RuntimeError("x"), "5xx"),
    ],
)
def test_request_is_counted_and_timed_by_its_status_class(
    output: Output, answer: Response | Exception, status_class: str
) -> None:
    _serve(answer)

    [line] = output.metric("http_requests_total")
    assert dimensions_of(line) == {"service": "microshop", "status": status_class}
    assert line["http_requests_total"] == [1.0]
    assert line["http_request_duration_seconds"][0] >= 0
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "microshop"


def test_metrics_have_the_units_that_alarms_count_in(output: Output) -> None:
    _serve(ok({}))

    units = {metric["Name"]: metric["Unit"] for metric in output.metrics[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert units == {"http_requests_total": "Count", "http_request_duration_seconds": "Seconds"}


def test_requests_are_counted_per_endpoint_when_configured(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT_METRICS", "on")

    _serve(NotFound("thing"), an_api_event(method="GET", route="/api/v1/things/{id}"))

    assert [dimensions_of(line) for line in output.metric("http_requests_total")] == [
        {"service": "microshop", "status": "4xx"},
        {"service": "microshop", "method": "GET", "endpoint": "/api/v1/things/{id}", "status": "404"},
    ]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (RuntimeError("x"), "internal"),
        (Unavailable("redis"), "redis"),
        (Unavailable("database"), "database"),
        (TransactionConflict("error 1213"), "database"),
        (Response(200, degraded="redis"), "redis"),
    ],
)
def test_system_error_is_counted_by_the_failed_dependency(
    output: Output, answer: Response | Exception, kind: str
) -> None:
    _serve(answer)

    [line] = output.metric("system_errors_total")
    assert dimensions_of(line) == {"service": "microshop", "type": kind}


@pytest.mark.parametrize("error", [Unavailable("redis"), TransactionConflict("error 1213")])
def test_silent_dependency_is_a_503_with_retry_after(output: Output, error: Exception) -> None:
    found = _serve(error)

    assert (found["statusCode"], found["headers"]["Retry-After"]) == (503, "1")
