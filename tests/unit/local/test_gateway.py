"""Parts of the gateway without a server: throttling, routing, policies, events, responses."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.table_rows import wrong_answers
from tools.lambda_events.apigateway import HttpRequest, Target, authorizer_event, proxy_event
from tools.local.gateway import gateway_responses as errors
from tools.local.gateway import proxy_response
from tools.local.gateway.authorization import evaluate_policy
from tools.local.gateway.compression import compressed
from tools.local.gateway.gateway_responses import GatewayError
from tools.local.gateway.routing import Router
from tools.local.gateway.throttling import Throttling, TokenBucket
from tools.templates.model import GatewayResponse, RestApi, Route, Throttle

API = RestApi("abcdef1234", "dev", (), {}, {}, {})
ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/GET/api/v1/orders"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def request(path: str = "/a", query: str = "", body: bytes = b"", **headers: str) -> HttpRequest:
    return HttpRequest(
        method="GET",
        path=path,
        query=query,
        headers=tuple((name.replace("_", "-"), value) for name, value in {"host": "api.local:3000", **headers}.items()),
        body=body,
        client="127.0.0.1",
        port=3000,
        trace="Root=1-0-0",
        received_at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
    )


def test_bucket_allows_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(Throttle(rate=2, burst=3), clock)
    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]
    clock.now += 0.5
    assert [bucket.take(), bucket.take()] == [True, False]


def test_bucket_never_holds_more_than_its_burst() -> None:
    clock = Clock()
    bucket = TokenBucket(Throttle(rate=10, burst=2), clock)
    clock.now += 3600
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_methods_without_limits_share_those_of_the_stage() -> None:
    limits = {("*", "/*"): Throttle(1, 2), ("POST", "/login"): Throttle(1, 1)}
    throttling = Throttling(limits, Clock())
    assert throttling.allows("POST", "/login")
    assert not throttling.allows("POST", "/login")
    assert [throttling.allows("GET", path) for path in ("/a", "/b", "/c")] == [True, True, False]


def test_all_requests_are_allowed_without_limits() -> None:
    assert all(Throttling({}, Clock()).allows("GET", "/") for _ in range(1000))


def test_router_finds_the_most_specific_resource() -> None:
    paths = ["/", "/products/{id}", "/products/categories", "/products", "/products/{id}/stock", "/files/{rest+}"]
    router = Router([Route("GET", one, "f", None, 29) for one in paths])
    rows: list[tuple[str, str, dict[str, str]]] = [
        ("/products", "/products", {}),
        ("/products/", "/products", {}),
        ("/products/categories", "/products/categories", {}),
        ("/products/7", "/products/{id}", {"id": "7"}),
        ("/products/a%2Fb", "/products/{id}", {"id": "a%2Fb"}),
        ("/products/7/stock", "/products/{id}/stock", {"id": "7"}),
        ("/files/a/b", "/files/{rest+}", {"rest": "a/b"}),
        ("/", "/", {}),
    ]

    def found(path: str) -> tuple[str, dict[str, str]] | None:
        met = router.find("GET", path)
        return met and (met[0].path, met[1])

    assert wrong_answers(found, [(path, (resource, parameters)) for path, resource, parameters in rows]) == []


def test_router_finds_no_resource_for_other_paths() -> None:
    router = Router([Route("GET", one, "f", None, 29) for one in ("/products/{id}", "/files/{rest+}")])
    paths = ["/product", "/products/7/8", "/products//", "/files", "/files/"]
    assert [path for path in paths if router.find("GET", path)] == []


def policy(effect: str, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **more}


def test_policy_can_allow_the_method() -> None:
    policies: list[Any] = [
        policy("Allow", ARN),
        [policy("Allow", "*")],
        [policy("Allow", [ARN.replace("orders", "*")])],
        [policy("Allow", "arn:aws:execute-api:*:*:abcdef1234/dev/*")],
        [policy("Allow", ARN.replace("GET", "???"))],
        [{"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}],
    ]

    assert (
        wrong_answers(
            lambda statements: evaluate_policy({"Statement": statements}, ARN), [(each, None) for each in policies]
        )
        == []
    )


@pytest.mark.parametrize(
    ("statements", "explicit"),
    [
        ([policy("Deny", "*"), policy("Allow", "*")], True),
        ([], False),
        ([policy("Allow", ARN + "x")], False),
        ([policy("Allow", ARN.replace("/dev/", "/prod/"))], False),
        ([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}], False),
        ([policy("Allow", "*", Condition={"IpAddress": {}})], False),
    ],
)
def test_any_other_policy_denies_access(statements: Any, explicit: bool) -> None:
    with pytest.raises(GatewayError) as refused:
        evaluate_policy({"Statement": statements}, ARN)
    assert refused.value.kind == "ACCESS_DENIED"
    assert ("explicit deny" in str(refused.value)) == explicit


def test_event_has_time_and_path_as_on_api_gateway() -> None:
    context = proxy_event(API, request("/a/b"), Target("/a/{x}", {"x": "b"}))["requestContext"]
    assert context["requestTime"] == "03/Feb/2026:04:05:06 +0000"
    assert context["requestTimeEpoch"] == 1770091506000
    assert context["path"] == "/dev/a/b"
    assert (context["resourcePath"], context["stage"], context["apiId"]) == ("/a/{x}", "dev", "abcdef1234")
    assert "authorizer" not in context


def test_gateway_adds_forwarding_headers_and_drops_connection_headers() -> None:
    event = proxy_event(API, request(x_forwarded_for="10.0.0.1", connection="close", te="trailers"), Target("/a", {}))
    assert event["headers"]["X-Forwarded-For"] == "10.0.0.1, 127.0.0.1"
    assert event["multiValueHeaders"]["X-Forwarded-Port"] == ["3000"]
    assert not {"connection", "te", "content-length"} & {name.lower() for name in event["headers"]}


def test_semicolon_separates_query_parameters_like_an_ampersand() -> None:
    event = proxy_event(API, request(query="a=1;b=%C3%A9&b"), Target("/a", {}))
    assert event["multiValueQueryStringParameters"] == {"a": ["1"], "b": ["é", ""]}


def test_event_is_valid_json_for_any_bytes() -> None:
    event = proxy_event(API, request("/%ff", "a=%ff%ED%A0%80", b"\xff\xed\xa0\x80"), Target("/a", {}))
    assert json.loads(json.dumps(event, ensure_ascii=False).encode()) == event


def test_event_of_a_request_authorizer_has_the_request() -> None:
    event = authorizer_event(API, request("/a", query="k=v"), Target("/a", {}), None)
    assert (event["type"], event["queryStringParameters"]) == ("REQUEST", {"k": "v"})
    assert event["methodArn"] == "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/GET/a"


def render(error: GatewayError, responses: dict[str, GatewayResponse]) -> errors.RenderedResponse:
    return errors.render(error, responses, {"requestId": "r-1", "identity": {"sourceIp": "::1"}}, {"accept": "*/*"})


def test_error_has_its_default_message_without_a_gateway_response() -> None:
    rendered = render(errors.not_found(), {})
    assert (rendered.status, rendered.body) == (403, b'{"message":"Missing Authentication Token"}')


def test_error_uses_the_gateway_response_of_its_class() -> None:
    responses = {"DEFAULT_5XX": GatewayResponse(500, {}, {}), "DEFAULT_4XX": GatewayResponse(None, {}, {})}
    assert render(errors.integration_error(), responses).status == 500  # the status of the class applies to its errors
    assert render(errors.throttled(), responses).status == 429


def test_template_variables_are_replaced_by_the_request_context() -> None:
    template = '{"d":$context.error.messageString,"s":"$context.identity.sourceIp.","x":"$context.nothing"}'
    responses = {"THROTTLED": GatewayResponse(None, {}, {"application/json": template})}
    assert render(errors.throttled(), responses).body == b'{"d":"Too Many Requests","s":"::1.","x":""}'


def test_headers_come_from_literals_the_context_or_the_request() -> None:
    headers = {"A": "'text'", "content-type": "'x/y'", "B": "context.requestId", "C": "method.request.header.Accept"}
    rendered = render(errors.throttled(), {"THROTTLED": GatewayResponse(None, headers, {})})
    assert dict(rendered.headers) == {
        "A": "text",
        "B": "r-1",
        "C": "*/*",
        "content-type": "x/y",
        "x-amzn-ErrorType": "TooManyRequestsException",
    }


def answered(answer: Any) -> errors.RenderedResponse:
    return proxy_response.render(json.dumps(answer).encode(), None, ())


def test_header_in_both_lists_appears_once() -> None:
    answer = {"headers": {"A": "1", "B": "3"}, "multiValueHeaders": {"A": ["1", "2"]}}
    pairs = [pair for pair in answered(answer).headers if pair[0] in "AB"]
    assert pairs == [("A", "1"), ("A", "2"), ("B", "3")]


def test_empty_result_is_a_200_without_a_body() -> None:
    assert (answered({}).status, answered({}).body) == (200, b"")


def test_status_may_be_a_string_and_a_header_a_boolean() -> None:
    rendered = answered({"statusCode": "201", "headers": {"X-Yes": True}})
    assert (rendered.status, dict(rendered.headers)["X-Yes"]) == (201, "true")


_LONG = errors.RenderedResponse(200, [("Content-Type", "application/json"), ("ETag", '"1"')], b"0123456789" * 200)


def test_response_is_compressed_with_the_preferred_coding() -> None:
    rows: list[tuple[str | None, str | None]] = [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("deflate", "deflate"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("deflate, gzip", "deflate"),
        ("deflate;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip;q=0.5, br;q=0.1", "gzip"),
        ("br;q=0, gzip", "gzip"),
        (None, None),
        ("", None),
        ("*", None),
        ("identity", None),
        ("br", None),
        ("br, gzip", None),  # API Gateway must support the preferred coding
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0", None),
        ("gzip;q=nonsense", None),
    ]

    def coding_of(accepted: str | None) -> str | None:
        found = compressed(_LONG, accepted, 1024)
        headers = dict(found.headers)
        coding = headers.get("Content-Encoding")
        body = zlib.decompress(found.body, wbits={"gzip": 31, "deflate": 15}[coding]) if coding else found.body
        assert (body, headers["ETag"]) == (_LONG.body, '"1"')
        return coding

    assert wrong_answers(coding_of, rows) == []


@pytest.mark.parametrize(("size", "coding"), [(1023, None), (1024, "gzip")])
def test_small_response_is_not_compressed(size: int, coding: str | None) -> None:
    found = compressed(errors.RenderedResponse(200, [], b"x" * size), "gzip", 1024)

    assert dict(found.headers).get("Content-Encoding") == coding


@pytest.mark.parametrize(
    ("answer", "minimum_size"),
    [
        (_LONG, None),
        (errors.RenderedResponse(200, [("content-encoding", "br")], _LONG.body), 0),
        (errors.RenderedResponse(204, [], b""), 0),
    ],
)
def test_encoded_or_empty_response_is_not_compressed(answer: errors.RenderedResponse, minimum_size: int | None) -> None:
    assert compressed(answer, "gzip", minimum_size) == answer
