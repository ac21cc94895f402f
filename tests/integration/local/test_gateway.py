"""The local gateway behaves like API Gateway."""

from __future__ import annotations

import base64
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tools.local import http_server

if TYPE_CHECKING:
    from tests.support.local_stack import LocalStack


def event(stack: LocalStack, path: str, **headers: str) -> dict[str, Any]:
    described: dict[str, Any] = stack.get(path, **headers).json()
    return described


def test_a_function_gets_the_event_of_the_proxy_integration(stack: LocalStack) -> None:
    received = event(stack, "/echo/a%2Bb?q=1&q=2&empty=&plus=a+b", X_Custom="Value")
    assert received["resource"] == "/echo/{id}"
    assert received["path"] == "/echo/a%2Bb"
    assert received["pathParameters"] == {"id": "a%2Bb"}
    assert received["queryStringParameters"] == {"q": "2", "empty": "", "plus": "a b"}
    assert received["multiValueQueryStringParameters"]["q"] == ["1", "2"]
    assert received["headers"]["x-custom"] == "Value"
    assert received["multiValueHeaders"]["x-custom"] == ["Value"]
    assert received["requestContext"]["path"] == "/test/echo/a%2Bb"
    assert received["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert received["body"] is None


def test_absent_parts_of_the_event_are_null(stack: LocalStack) -> None:
    received = event(stack, "/echo")
    absent = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables")
    assert [received[name] for name in absent] == [None] * 4


def test_a_repeated_header_keeps_all_its_values(stack: LocalStack) -> None:
    answer = stack.request("GET", "/echo", headers={"X-One": "1"})
    cookies = [value for name, value in answer.all_headers if name.lower() == "set-cookie"]
    assert cookies == ["a=1", "b=2"]


def test_a_header_that_api_gateway_reserves_is_renamed(stack: LocalStack) -> None:
    answer = stack.get("/echo")
    assert answer.headers["x-amzn-remapped-www-authenticate"] == "Bearer"
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("path", ["/echo", "/nowhere", "/private"])
def test_every_response_has_its_ids(stack: LocalStack, path: str) -> None:
    headers = stack.get(path).headers
    assert {"x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"} <= headers.keys()


def test_the_trace_of_the_caller_is_kept(stack: LocalStack) -> None:
    trace = "Root=1-67891233-abcdef012345678912345678"
    answer = stack.get("/echo", X_Amzn_Trace_Id=trace)
    assert answer.headers["x-amzn-trace-id"] == trace
    assert answer.json()["headers"]["X-Amzn-Trace-Id"] == trace


def test_a_literal_path_wins_over_a_parameter(stack: LocalStack) -> None:
    assert event(stack, "/echo/fixed")["resource"] == "/echo/fixed"


def test_a_greedy_parameter_takes_the_rest_of_the_path(stack: LocalStack) -> None:
    assert event(stack, "/files/a/b%20c/")["pathParameters"] == {"proxy": "a/b%20c"}


@pytest.mark.parametrize("path", ["/nowhere", "/no%0Awhere", "/files%0D%0A/a"])
def test_an_unknown_path_gets_the_templates_gateway_response(stack: LocalStack, path: str) -> None:
    answer = stack.get(path)
    assert (answer.status, answer.json()) == (404, {"title": "Not found"})
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["HEAD", "DELETE", "PUT"])
def test_a_method_without_a_route_is_not_found(stack: LocalStack, method: str) -> None:
    assert stack.request(method, "/limited").status == 404


def test_an_any_route_takes_every_method(stack: LocalStack) -> None:
    assert stack.request("PATCH", "/echo").json()["httpMethod"] == "PATCH"


def test_a_preflight_is_answered_by_the_mock_integration(stack: LocalStack) -> None:
    answer = stack.request("OPTIONS", "/private")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-headers"] == "Authorization,Content-Type"
    assert answer.headers["access-control-max-age"] == "600"


def test_a_text_body_arrives_as_text(stack: LocalStack) -> None:
    received = stack.request("POST", "/echo", '{"name":"Zoë 🎁"}'.encode()).json()
    assert (received["body"], received["isBase64Encoded"]) == ('{"name":"Zoë 🎁"}', False)


def test_bytes_that_are_not_utf8_arrive_as_replacement_characters(stack: LocalStack) -> None:
    assert stack.request("POST", "/echo", b"a\xffb").json()["body"] == "a\ufffdb"


def test_a_binary_media_type_arrives_as_base64(stack: LocalStack) -> None:
    received = stack.request("POST", "/echo", b"\x89PNG\xff", {"Content-Type": "image/png"}).json()
    assert (base64.b64decode(received["body"]), received["isBase64Encoded"]) == (b"\x89PNG\xff", True)


def test_a_base64_response_is_decoded_for_a_binary_accept_header(stack: LocalStack) -> None:
    script = {"return": {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(b"\xff").decode()}}
    as_binary = stack.request("POST", "/scripted", json.dumps(script), {"Accept": "image/png"})
    as_text = stack.request("POST", "/scripted", json.dumps(script), {"Accept": "text/html"})
    assert (as_binary.body, as_text.body) == (b"\xff", b"/w==")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        {"status": 200},
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": {"X-Number": 1}},
        {"statusCode": 200, "headers": {"X-Split": "a\r\nSet-Cookie: b"}},
        {"statusCode": 200, "headers": ["a"]},
    ],
)
def test_an_invalid_proxy_response_is_a_bad_gateway(stack: LocalStack, answer: Any) -> None:
    refused = stack.script(**{"return": answer})
    assert (refused.status, refused.json()) == (502, {"message": "Internal server error"})


def test_an_exception_is_a_bad_gateway_without_its_message(stack: LocalStack) -> None:
    refused = stack.script(**{"raise": "secret"})
    assert refused.status == 502
    assert b"secret" not in refused.body


def test_a_body_over_lambdas_limit_is_too_large(stack: LocalStack) -> None:
    refused = stack.request("POST", "/echo", b"x" * (6 * 1024 * 1024))
    assert refused.status == 413
    assert refused.json()["kind"] == "REQUEST_TOO_LARGE"


def test_a_body_over_api_gateways_limit_is_too_large(stack: LocalStack) -> None:
    assert stack.request("POST", "/echo", b"x" * (10 * 1024 * 1024 + 1)).status == 413


def test_a_response_over_lambdas_limit_is_a_bad_gateway(stack: LocalStack) -> None:
    assert stack.script(large=6 * 1024 * 1024 + 200).status == 502


def test_a_method_with_its_own_limits_is_throttled_by_them(stack: LocalStack) -> None:
    statuses = [stack.get("/limited").status for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    refused = stack.get("/limited")
    assert refused.json()["detail"] == "Too Many Requests"
    assert refused.json()["id"] == refused.headers["x-request-id"] == refused.headers["x-amzn-requestid"]
    assert stack.get("/echo").status == 200


def test_a_gateway_response_without_a_template_has_the_default_body(stack: LocalStack) -> None:
    answer = stack.get("/private", Authorization="away")
    assert (answer.status, answer.json()) == (503, {"message": None})


HALF_SENT = {
    "no headers yet": b"GET /echo HTTP/1.1\r\nHost: here\r\n",
    "no body yet": b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf",
    "a second request": b"GET /none HTTP/1.1\r\nHost: here\r\n\r\nGET /none HTTP/1.1\r\n",
}


@pytest.mark.parametrize("sent", HALF_SENT.values(), ids=HALF_SENT)
def test_a_connection_with_an_incomplete_request_is_closed(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http_server, "_RECEIVE_TIMEOUT", 0.2)
    with socket.create_connection(("127.0.0.1", urlsplit(stack.info.url).port), timeout=30) as connection:
        connection.sendall(sent)
        while connection.recv(1 << 16):
            pass  # reads the answer to the first request until the connection is closed; a timeout would be an error


def test_a_complete_request_is_not_subject_to_the_connection_timeout(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "_RECEIVE_TIMEOUT", 0.2)

    assert stack.script(sleep=0.6).status == 200
