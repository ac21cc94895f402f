"""The frame around every HTTP function."""

import json
import time
from copy import replace
from itertools import product
from typing import Any

import pytest

from microshop.caller import CUSTOMER, STAFF, Caller, Requirement
from microshop.errors import NotFound, TransactionConflict, Unavailable
from microshop.http import Request, Response, created, endpoint, no_content, not_modified, ok
from microshop.http.catalogue_language import language_headers
from microshop.request_limits import LimitUse
from microshop.scopes import READ_ORDERS, REFUND, WRITE_ORDERS
from tests.support.builders import a_caller, an_api_event, an_execution
from tests.support.output import Output, dimensions_of
from tests.support.table_rows import wrong_answers

_A_SECRET = "correct-horse-battery-staple"


_WITHIN = LimitUse('"session";q=3;w=60', '"session";r=2;t=20')
_BEYOND = LimitUse('"session";q=3;w=60', '"session";r=0;t=20', "session", 20)


def _serve(
    answer: Response | Exception,
    event: dict[str, Any] | None = None,
    *,
    requires: Requirement | tuple[Requirement, ...] | None = None,
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


def test_answer_adds_to_the_headers_that_it_varies_with(output: Output) -> None:
    headers = _serve(ok({}, language_headers("zh")))["headers"]

    assert (headers["Vary"], headers["Content-Language"]) == ("Accept-Encoding, Accept-Language", "zh")


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


def test_endpoint_serves_callers_that_meet_a_requirement(output: Output) -> None:
    customer, packer = a_caller(), a_caller(scopes=frozenset({READ_ORDERS, WRITE_ORDERS}))
    withheld, key = replace(a_caller(), withheld=True), replace(packer, key_id=3)
    rows: list[tuple[Any, Caller | None, int]] = [
        (None, None, 200),
        (None, customer, 200),
        (CUSTOMER, None, 401),
        (CUSTOMER, customer, 200),
        (CUSTOMER, packer, 200),
        (CUSTOMER, key, 403),
        (STAFF, customer, 403),
        (STAFF, packer, 200),
        (STAFF, withheld, 200),
        (STAFF, key, 403),
        (READ_ORDERS, None, 401),
        (READ_ORDERS, customer, 403),
        (READ_ORDERS, packer, 200),
        (READ_ORDERS, key, 200),
        (READ_ORDERS, withheld, 403),
        (REFUND, packer, 403),
        (REFUND, key, 403),
        ((CUSTOMER, READ_ORDERS), customer, 200),
        ((CUSTOMER, READ_ORDERS), key, 200),
        ((CUSTOMER, REFUND), key, 403),
    ]

    def status(requires: Any, caller: Caller | None) -> int:
        answered: int = _serve(ok({}), an_api_event(caller=caller), requires=requires)["statusCode"]
        return answered

    assert wrong_answers(status, rows) == []


@pytest.mark.parametrize(
    ("caller", "problem"),
    [
        (replace(a_caller(), withheld=True), "second-factor-required"),
        (a_caller(scopes=frozenset({REFUND})), None),
        (replace(a_caller(scopes=frozenset({REFUND})), second_factor_at=0), "fresh-second-factor-required"),
        (replace(a_caller(scopes=frozenset({REFUND})), second_factor_at=int(time.time())), None),
    ],
    ids=["withheld", "not enrolled", "stale", "fresh"],
)
def test_endpoint_requires_a_fresh_second_factor(output: Output, caller: Caller, problem: str | None) -> None:
    @endpoint(requires=REFUND, fresh_second_factor=True)
    def handler(_request: Request) -> Response:
        return ok({})

    body = json.loads(handler(an_api_event(caller=caller), an_execution())["body"])

    assert body.get("type", "").rpartition(":")[2] == (problem or "")


def test_session_without_its_second_factor_counts_as_not_fresh(output: Output) -> None:
    @endpoint(requires=STAFF, fresh_second_factor=True)
    def handler(_request: Request) -> Response:
        return ok({})

    answered = handler(an_api_event(caller=replace(a_caller(), withheld=True)), an_execution())

    assert json.loads(answered["body"])["type"].endswith(":second-factor-required")


def test_request_of_an_authorizer_of_the_previous_release_is_understood(output: Output) -> None:
    def status(role: str) -> int:
        event = an_api_event(caller=a_caller())
        event["requestContext"]["authorizer"] = {"user_id": "17", "role": role, "session": "5e"}
        answered: int = _serve(ok({}), event, requires=REFUND)["statusCode"]
        return answered

    assert (status("admin"), status("customer")) == (200, 403)


def test_caller_without_the_scope_does_not_reach_the_endpoint(output: Output) -> None:
    reached = []

    @endpoint(requires=REFUND)
    def handler(request: Request) -> Response:
        reached.append(request)
        return ok({})

    handler(an_api_event(caller=a_caller()), an_execution())

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


@pytest.mark.parametrize("answer", [ok({}), no_content(), not_modified({}), NotFound("thing"), RuntimeError("x")])
def test_answer_says_what_the_callers_limits_leave(output: Output, answer: Response | Exception) -> None:
    event = an_api_event(caller=replace(a_caller(), limit_use=_WITHIN))

    headers = _serve(answer, event, requires=CUSTOMER)["headers"]

    assert (headers["RateLimit-Policy"], headers["RateLimit"]) == ('"session";q=3;w=60', '"session";r=2;t=20')
    assert {"RateLimit", "RateLimit-Policy"} <= set(headers["Access-Control-Expose-Headers"].split(", "))


def test_answer_to_a_caller_without_limits_says_nothing_of_them(output: Output) -> None:
    assert "RateLimit" not in _serve(ok({}), an_api_event(caller=a_caller()), requires=CUSTOMER)["headers"]


def test_request_beyond_a_limit_is_refused_before_it_is_served(output: Output) -> None:
    event = an_api_event(caller=replace(a_caller(), limit_use=_BEYOND))

    found = _serve(RuntimeError("must not be served"), event, requires=READ_ORDERS)

    assert (found["statusCode"], json.loads(found["body"])["type"]) == (429, "urn:microshop:problem:quota-exceeded")
    assert (found["headers"]["Retry-After"], found["headers"]["RateLimit"]) == ("20", '"session";r=0;t=20')
    assert [line["refused"] for line in output.logs] == ["session"]
    assert [dimensions_of(line) for line in output.metric("requests_refused_total")] == [
        {"limit": "session", "service": "microshop"}
    ]
