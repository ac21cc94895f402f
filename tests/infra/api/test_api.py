"""The REST API's edges: who is let in, how often, and in which shape API Gateway itself answers."""

import json
import re
from typing import Any

import pytest

from tests.support.deployment import Templates


@pytest.fixture(scope="module")
def api(templates: Templates) -> dict[str, Any]:
    """The OpenAPI body that SAM makes of the routes."""
    (found,) = templates.of("AWS::ApiGateway::RestApi")
    body: dict[str, Any] = found["Body"]
    return body


@pytest.fixture(scope="module")
def responses(api: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api["x-amazon-apigateway-gateway-responses"]
    return found


def test_the_authorizers_answer_is_not_kept_by_default(api: dict[str, Any]) -> None:
    (scheme,) = api["components"]["securitySchemes"].values()

    assert int(scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"]) == 0


@pytest.mark.parametrize("seconds", [0, 60, 300])
def test_how_long_callers_are_remembered_is_a_number(seconds: int) -> None:
    (found,) = Templates(AuthorizerTtlSeconds=str(seconds)).of("AWS::ApiGateway::RestApi")
    (scheme,) = found["Body"]["components"]["securitySchemes"].values()

    remembered = scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"]

    assert (remembered, type(remembered)) == (seconds, int)


def test_preflights_need_no_token(api: dict[str, Any]) -> None:
    for path, methods in api["paths"].items():
        assert not methods["options"].get("security"), path


def test_an_endpoint_is_closed_unless_it_says_otherwise(api: dict[str, Any]) -> None:
    public = {
        f"{method.upper()} {path}"
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
        if method != "options" and operation.get("security") in (None, [], [{"NONE": []}])
    }

    heads = {endpoint for endpoint in public if endpoint.startswith("HEAD ")}
    assert heads == {f"HEAD {endpoint.removeprefix('GET ')}" for endpoint in public if endpoint.startswith("GET ")}
    assert public - heads == {
        "POST /api/v1/users/register",
        "POST /api/v1/users/login",
        "GET /api/v1/products",
        "GET /api/v1/products/categories",
        "GET /api/v1/products/{id}",
        "GET /api/v1/health",
        "POST /api/v1/payments/stripe/webhook",  # Stripe has no token: its signature lets it in
    }


def test_the_api_takes_100_requests_per_second_and_fewer_where_passwords_are_hashed(templates: Templates) -> None:
    (stage,) = templates.of("AWS::ApiGateway::Stage")
    settings = {(entry["HttpMethod"], entry["ResourcePath"]): entry for entry in stage["MethodSettings"]}

    assert int(settings["*", "/*"]["ThrottlingRateLimit"]) == 100
    assert int(settings["*", "/*"]["ThrottlingBurstLimit"]) == 100
    for method, path in (("POST", "register"), ("POST", "login"), ("PUT", "password")):
        entry = settings[method, f"/~1api~1v1~1users~1{path}"]
        assert int(entry["ThrottlingRateLimit"]) < 100


def test_the_access_log_has_no_token_and_no_query(templates: Templates) -> None:
    (stage,) = templates.of("AWS::ApiGateway::Stage")
    log_format = stage["AccessLogSetting"]["Format"]

    assert json.loads(log_format)["request_id"] == "$context.requestId"
    for leak in ("$input", "header", "querystring", "Authorization", "principalId"):
        assert leak not in log_format


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("UNAUTHORIZED", 401),
        ("ACCESS_DENIED", 403),
        ("MISSING_AUTHENTICATION_TOKEN", 404),
        ("REQUEST_TOO_LARGE", 413),
        ("UNSUPPORTED_MEDIA_TYPE", 415),
        ("THROTTLED", 429),
        ("QUOTA_EXCEEDED", 429),
        ("DEFAULT_5XX", 500),
        ("AUTHORIZER_FAILURE", 503),
        ("AUTHORIZER_CONFIGURATION_ERROR", 503),
        ("INTEGRATION_TIMEOUT", 504),
    ],
)
def test_api_gateways_own_answers_are_problems_of_the_right_status(
    responses: dict[str, Any], kind: str, status: int
) -> None:
    response = responses[kind]
    body = json.loads(response["responseTemplates"]["application/json"])

    assert int(response["statusCode"]) == status == body["status"]
    assert body["type"].startswith("urn:microshop:problem:")


def test_each_of_them_links_to_its_section_of_a_published_error_catalogue() -> None:
    (api,) = Templates(ErrorCatalogueUrl="https://docs.example.com/errors").of("AWS::ApiGateway::RestApi")

    for kind, response in api["Body"]["x-amazon-apigateway-gateway-responses"].items():
        body = _body(response)
        section = body["type"].removeprefix("urn:microshop:problem:")
        assert body["help"] == f"https://docs.example.com/errors#{section}", kind


def test_none_of_them_has_a_link_without_an_error_catalogue(responses: dict[str, Any]) -> None:
    assert not [kind for kind, response in responses.items() if "help" in _body(response)]


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("", True),
        ("https://docs.example.com/errors", True),
        ("http://127.0.0.1:3000/docs/errors?v=2", True),
        ("docs.example.com/errors", False),
        ("https://docs.example.com/errors#top", False),
        ('https://docs.example.com/"errors', False),
        ("https://docs.example.com/$context.error", False),
        ("https://docs.example.com/my errors", False),
    ],
)
def test_an_address_that_would_break_a_response_is_refused_at_the_deployment(
    templates: Templates, address: str, accepted: bool
) -> None:
    pattern = templates.sources[0]["Parameters"]["ErrorCatalogueUrl"]["AllowedPattern"]

    assert (re.fullmatch(pattern, address) is not None) is accepted


def _body(response: dict[str, Any]) -> dict[str, Any]:
    template = response["responseTemplates"]["application/json"]
    body: dict[str, Any] = json.loads(template.replace("$context.error.messageString", '"why"'))
    return body


def test_a_browser_can_read_every_one_of_them(responses: dict[str, Any]) -> None:
    for kind, response in responses.items():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'", kind
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'", kind


@pytest.mark.parametrize(
    ("origins", "named"),
    [
        ("*", "'*'"),
        ("https://a.example", "'https://a.example'"),
        ("https://a.example,https://b.example", "'*'"),
    ],
)
def test_every_allowed_origin_can_read_the_gateways_own_answers(origins: str, named: str) -> None:
    (api,) = Templates(CorsOrigin=origins).of("AWS::ApiGateway::RestApi")
    body = api["Body"]

    refusals = body["x-amazon-apigateway-gateway-responses"].values()
    preflights = [methods["options"]["x-amazon-apigateway-integration"] for methods in body["paths"].values()]
    name = "response.header.Access-Control-Allow-Origin"
    assert {refusal["responseParameters"][f"gateway{name}"] for refusal in refusals} == {named}
    assert {
        answer["responseParameters"][f"method.{name}"]
        for preflight in preflights
        for answer in preflight["responses"].values()
    } == {named}


@pytest.mark.parametrize(
    ("origins", "accepted"),
    [
        ("*", True),
        ("https://a.example", True),
        ("http://localhost:5173,https://a.example,capacitor://localhost", True),
        ("", False),
        ("https://a.example/", False),
        ("https://a.example, https://b.example", False),
        ("https://a.example,*", False),
        ("a.example", False),
    ],
)
def test_an_origin_that_no_browser_sends_is_refused_at_the_deployment(
    templates: Templates, origins: str, accepted: bool
) -> None:
    pattern = templates.sources[0]["Parameters"]["CorsOrigin"]["AllowedPattern"]

    assert (re.fullmatch(pattern, origins) is not None) is accepted


def test_the_default_answer_of_a_refused_request_is_a_problem_too(responses: dict[str, Any]) -> None:
    assert _body(responses["DEFAULT_4XX"])["detail"] == "why"


def test_preflights_allow_what_the_front_end_sends(api: dict[str, Any]) -> None:
    preflight = api["paths"]["/api/v1/products"]["options"]["x-amazon-apigateway-integration"]
    (answer,) = preflight["responses"].values()
    allowed = answer["responseParameters"]["method.response.header.Access-Control-Allow-Headers"]

    for header in ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"):
        assert header in allowed


def test_head_is_answered_by_the_function_that_answers_get(api: dict[str, Any]) -> None:
    heads = {path: methods for path, methods in api["paths"].items() if "head" in methods}

    assert heads
    for path, methods in heads.items():
        both = [methods[method]["x-amazon-apigateway-integration"] for method in ("get", "head")]
        assert both[0] == both[1], path


def test_answers_of_some_size_are_compressed(templates: Templates) -> None:
    (api,) = templates.of("AWS::ApiGateway::RestApi")

    assert int(api["MinimumCompressionSize"]) == 1024
