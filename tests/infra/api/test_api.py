"""API Gateway: authorization, throttling, access log, CORS, and the responses that it sends itself."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.deployment import Templates
from tests.support.table_rows import wrong_answers
from tools.templates.model import BACK_OFFICE


@pytest.fixture(scope="module")
def api(templates: Templates) -> dict[str, Any]:
    """The OpenAPI body that SAM makes of the routes."""
    found, _ = templates.of("AWS::ApiGateway::RestApi")
    body: dict[str, Any] = found["Body"]
    return body


@pytest.fixture(scope="module")
def responses(api: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api["x-amazon-apigateway-gateway-responses"]
    return found


def test_the_response_of_the_authorizer_is_not_cached_by_default(api: dict[str, Any]) -> None:
    (scheme,) = api["components"]["securitySchemes"].values()

    assert int(scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"]) == 0


def test_the_ttl_of_the_authorizer_is_a_number() -> None:
    # API Gateway refuses a string.
    apis = Templates(AuthorizerTtlSeconds="60").of("AWS::ApiGateway::RestApi")
    schemes = [scheme for found in apis for scheme in found["Body"]["components"]["securitySchemes"].values()]

    seconds = [scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] for scheme in schemes]

    assert [(each, type(each)) for each in seconds] == [(60, int), (60, int)]


def test_preflights_need_no_token(api: dict[str, Any]) -> None:
    guarded = {path for path, methods in api["paths"].items() if methods["options"].get("security")}

    assert api["paths"]
    assert guarded == set()


def test_only_these_endpoints_are_public(api: dict[str, Any]) -> None:
    public = _public(api)

    heads = {endpoint for endpoint in public if endpoint.startswith("HEAD ")}
    assert heads == {f"HEAD {endpoint.removeprefix('GET ')}" for endpoint in public if endpoint.startswith("GET ")}
    assert public - heads == {
        "POST /api/v1/users/register",
        "POST /api/v1/users/login",
        "POST /api/v1/users/password-reset",
        "POST /api/v1/users/password-reset/confirm",
        "POST /api/v1/users/email-verification/confirm",
        "POST /api/v1/users/email-change/confirm",
        "GET /api/v1/products",
        "GET /api/v1/products/categories",
        "GET /api/v1/products/{id}",
        "GET /api/v1/listings",
        "GET /api/v1/listings/{listing}",
        "GET /api/v1/facets",
        "GET /api/v1/suggestions",
        "GET /api/v1/categories",
        "GET /api/v1/categories/{category}",
        "GET /api/v1/health",
        "POST /api/v1/payments/stripe/webhook",  # Stripe has no token: its signature lets it in
    }


def test_100_requests_a_second_are_allowed_and_fewer_that_hash_passwords(templates: Templates) -> None:
    stage, _ = templates.of("AWS::ApiGateway::Stage")
    settings = {(entry["HttpMethod"], entry["ResourcePath"]): entry for entry in stage["MethodSettings"]}

    assert int(settings["*", "/*"]["ThrottlingRateLimit"]) == 100
    assert int(settings["*", "/*"]["ThrottlingBurstLimit"]) == 100
    for method, path in (("POST", "register"), ("POST", "login"), ("PUT", "password")):
        entry = settings[method, f"/~1api~1v1~1users~1{path}"]
        assert int(entry["ThrottlingRateLimit"]) < 100, path


def test_few_requests_for_links_of_mails_are_allowed(templates: Templates) -> None:
    stage, _ = templates.of("AWS::ApiGateway::Stage")
    rates = {entry["ResourcePath"]: int(entry["ThrottlingRateLimit"]) for entry in stage["MethodSettings"]}

    names = ("password-reset", "email-verification", "email-change")
    paths = [f"/~1api~1v1~1users~1{name}{suffix}" for name in names for suffix in ("", "~1confirm")]
    assert [rates.get(path) for path in paths] == [5] * len(paths)


def test_the_access_log_has_no_token_and_no_query(templates: Templates) -> None:
    stage, _ = templates.of("AWS::ApiGateway::Stage")
    log_format = stage["AccessLogSetting"]["Format"]

    assert json.loads(log_format)["request_id"] == "$context.requestId"
    for leak in ("$input", "header", "querystring", "Authorization", "principalId"):
        assert leak not in log_format


def test_gateway_responses_are_problems_of_the_right_status(responses: dict[str, Any]) -> None:
    statuses = {
        "UNAUTHORIZED": 401,
        "ACCESS_DENIED": 403,
        "WAF_FILTERED": 403,
        "MISSING_AUTHENTICATION_TOKEN": 404,  # its name for an unknown path or method
        "REQUEST_TOO_LARGE": 413,
        "UNSUPPORTED_MEDIA_TYPE": 415,
        "THROTTLED": 429,
        "QUOTA_EXCEEDED": 429,
        "DEFAULT_5XX": 500,
        "AUTHORIZER_FAILURE": 503,
        "AUTHORIZER_CONFIGURATION_ERROR": 503,
        "INTEGRATION_FAILURE": 504,
        "INTEGRATION_TIMEOUT": 504,
    }
    bodies = {kind: _body(response) for kind, response in responses.items()}

    sent = {kind: int(response["statusCode"]) for kind, response in responses.items() if kind != "DEFAULT_4XX"}
    assert sent == {kind: body["status"] for kind, body in bodies.items() if "status" in body} == statuses
    assert {kind for kind, body in bodies.items() if not body["type"].startswith("urn:microshop:problem:")} == set()


def test_the_default_response_is_a_problem_without_its_own_status(responses: dict[str, Any]) -> None:
    # API Gateway sends it with several statuses.
    body = _body(responses["DEFAULT_4XX"])

    assert (body["detail"], "status" in body) == ("why", False)


def test_gateway_responses_link_to_a_published_error_catalogue() -> None:
    api, _ = Templates(ErrorCatalogueUrl="https://docs.example.com/errors").of("AWS::ApiGateway::RestApi")

    for kind, response in api["Body"]["x-amazon-apigateway-gateway-responses"].items():
        body = _body(response)
        section = body["type"].removeprefix("urn:microshop:problem:")
        assert body["help"] == f"https://docs.example.com/errors#{section}", kind


def test_gateway_responses_have_no_link_without_an_error_catalogue(responses: dict[str, Any]) -> None:
    assert not [kind for kind, response in responses.items() if "help" in _body(response)]


def test_the_address_of_the_error_catalogue_fits_into_a_response(templates: Templates) -> None:
    rows = [
        ("", True),
        ("https://docs.example.com/errors", True),
        ("http://127.0.0.1:3000/docs/errors?v=2", True),
        ("docs.example.com/errors", False),
        ("https://docs.example.com/errors#top", False),
        ('https://docs.example.com/"errors', False),
        ("https://docs.example.com/$context.error", False),
        ("https://docs.example.com/my errors", False),
    ]

    assert wrong_answers(_accepts(templates, "ErrorCatalogueUrl"), rows) == []


def test_the_address_of_the_front_end_is_encrypted_and_takes_a_path(templates: Templates) -> None:
    rows = [
        ("", True),
        ("https://www.example.com", True),
        ("https://example.com/shop", True),
        ("http://127.0.0.1:3000", True),
        ("http://www.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("https://www.example.com/", False),
        ("https://www.example.com?page=", False),
        ("https://www.example.com#", False),
        ('https://www.example.com/"', False),
        ("www.example.com", False),
        ("javascript:alert(1)", False),
    ]

    assert wrong_answers(_accepts(templates, "StorefrontUrl"), rows) == []


def _body(response: dict[str, Any]) -> dict[str, Any]:
    template = response["responseTemplates"]["application/json"]
    body: dict[str, Any] = json.loads(template.replace("$context.error.messageString", '"why"'))
    return body


def test_a_browser_can_read_every_gateway_response(responses: dict[str, Any]) -> None:
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
def test_every_allowed_origin_can_read_gateway_responses(origins: str, named: str) -> None:
    api, _ = Templates(CorsOrigin=origins).of("AWS::ApiGateway::RestApi")
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


def test_an_origin_is_one_that_browsers_send(templates: Templates) -> None:
    rows = [
        ("*", True),
        ("https://a.example", True),
        ("http://localhost:5173,https://a.example,capacitor://localhost", True),
        ("", False),
        ("https://a.example/", False),
        ("https://a.example, https://b.example", False),
        ("https://a.example,*", False),
        ("a.example", False),
    ]

    assert wrong_answers(_accepts(templates, "CorsOrigin"), rows) == []


def test_preflights_allow_the_headers_of_front_ends(api: dict[str, Any]) -> None:
    preflight = api["paths"]["/api/v1/products"]["options"]["x-amazon-apigateway-integration"]
    (answer,) = preflight["responses"].values()
    allowed = answer["responseParameters"]["method.response.header.Access-Control-Allow-Headers"]

    headers = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match")
    assert [header for header in headers if header not in allowed] == []


def test_head_has_the_function_of_get(api: dict[str, Any]) -> None:
    heads = {path: methods for path, methods in api["paths"].items() if "head" in methods}

    assert heads
    for path, methods in heads.items():
        both = [methods[method]["x-amazon-apigateway-integration"] for method in ("get", "head")]
        assert both[0] == both[1], path


def test_responses_from_1_kib_on_are_compressed(templates: Templates) -> None:
    api, _ = templates.of("AWS::ApiGateway::RestApi")

    assert int(api["MinimumCompressionSize"]) == 1024


def test_the_back_office_answers_errors_and_preflights_like_the_shop(templates: Templates) -> None:
    shop, back_office = (found["Body"] for found in templates.of("AWS::ApiGateway::RestApi"))

    settings = [
        (
            body["x-amazon-apigateway-gateway-responses"],
            next(iter(body["paths"].values()))["options"]["x-amazon-apigateway-integration"],
        )
        for body in (shop, back_office)
    ]
    assert settings[0] == settings[1]


def test_both_apis_log_alike_into_one_group(templates: Templates) -> None:
    shop, back_office = templates.of("AWS::ApiGateway::Stage")

    assert shop["AccessLogSetting"] == back_office["AccessLogSetting"]


def test_exactly_the_paths_of_staff_are_in_the_back_office(templates: Templates) -> None:
    shop, back_office = (found["Body"]["paths"] for found in templates.of("AWS::ApiGateway::RestApi"))

    assert [path for path in shop if path.startswith(BACK_OFFICE)] == []
    assert [path for path in back_office if not path.startswith(BACK_OFFICE)] == []


def test_the_back_office_has_its_own_limits_and_the_authorizer_of_the_shop(templates: Templates) -> None:
    _, stage = templates.of("AWS::ApiGateway::Stage")
    schemes = [found["Body"]["components"]["securitySchemes"] for found in templates.of("AWS::ApiGateway::RestApi")]
    settings = {(entry["HttpMethod"], entry["ResourcePath"]): entry for entry in stage["MethodSettings"]}

    assert int(settings["*", "/*"]["ThrottlingRateLimit"]) == 50
    assert schemes[0] == schemes[1]


def test_fewer_requests_a_second_may_check_codes_or_accept_invitations(templates: Templates) -> None:
    _, stage = templates.of("AWS::ApiGateway::Stage")
    settings = {(entry["HttpMethod"], entry["ResourcePath"]): entry for entry in stage["MethodSettings"]}

    own = {
        key: (int(entry["ThrottlingRateLimit"]), int(entry["ThrottlingBurstLimit"])) for key, entry in settings.items()
    }
    del own["*", "/*"]

    assert own == dict.fromkeys(
        [
            ("DELETE", "/~1api~1v1~1admin~1second-factor"),
            ("POST", "/~1api~1v1~1admin~1second-factor~1confirm"),
            ("POST", "/~1api~1v1~1admin~1second-factor~1verify"),
            ("POST", "/~1api~1v1~1admin~1staff-invitations~1accept"),
        ],
        (20, 20),
    )


def test_only_accepting_an_invitation_is_public_in_the_back_office(templates: Templates) -> None:
    _, back_office = templates.of("AWS::ApiGateway::RestApi")

    assert _public(back_office["Body"]) == {"POST /api/v1/admin/staff-invitations/accept"}


def _public(api: dict[str, Any]) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
        if method != "options" and operation.get("security") in (None, [], [{"NONE": []}])
    }


def _accepts(templates: Templates, parameter: str) -> Callable[[str], bool]:
    """Returns a function that says whether a deployment accepts a value of the parameter."""
    pattern = templates.sources[0]["Parameters"][parameter]["AllowedPattern"]
    return lambda value: re.fullmatch(pattern, value) is not None
