"""Reads the REST APIs of transformed templates: routes, authorizers, gateway responses, throttling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tools.templates.model import (
    Authorizer,
    GatewayResponse,
    MockResponse,
    RestApi,
    Route,
    TemplateError,
    Throttle,
    function_of_arn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.templates.stack import Stack

_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}
_INVOKED_ARN = re.compile(r"/functions/(arn:[^/]+)/invocations$")
_DEFAULT_TIMEOUT = 29.0  # seconds; API Gateway's default, and its maximum unless the quota is raised
_DEFAULT_TTL = 300  # seconds; API Gateway's default for authorizers


def read_apis(stack: Stack) -> Iterator[RestApi]:
    """Yields the REST APIs of a template with their stages."""
    for logical_id, _ in stack.resources("AWS::ApiGateway::RestApi"):
        yield _read_api(stack, logical_id)


def _read_api(stack: Stack, logical_id: str) -> RestApi:
    body = stack.property(logical_id, "Body")
    if body is None:
        raise TemplateError(f"{stack.file.name}, {logical_id}, Body: the local stack supports only APIs of SAM.")
    stage = _stage(stack, stack.ref(logical_id))
    return RestApi(
        api_id=stack.ref(logical_id),
        stage=str(stack.property(stage, "StageName")),
        routes=tuple(_routes(body)),
        authorizers=dict(_authorizers(body)),
        responses=dict(_responses(body)),
        throttles=dict(_throttles(stack.property(stage, "MethodSettings", []))),
        binary_media_types=tuple(
            stack.property(logical_id, "BinaryMediaTypes") or body.get("x-amazon-apigateway-binary-media-types", ())
        ),
        minimum_compression_size=_minimum_compression_size(stack.property(logical_id, "MinimumCompressionSize")),
        stage_variables=stack.property(stage, "Variables", {}),
    )


def _minimum_compression_size(value: Any) -> int | None:
    return None if value is None else int(value)


def _stage(stack: Stack, api_id: str) -> str:
    for logical_id, _ in stack.resources("AWS::ApiGateway::Stage"):
        if stack.property(logical_id, "RestApiId") == api_id:
            return logical_id
    raise TemplateError(f"{stack.file.name}: the REST API has no stage.")


def _routes(body: Mapping[str, Any]) -> Iterator[Route]:
    schemes = _schemes(body)
    for path, item in body.get("paths", {}).items():
        for method, operation in item.items():
            if method not in _METHODS:
                continue
            integration = operation.get("x-amazon-apigateway-integration", {})
            security = operation.get("security", body.get("security", []))
            names = [
                name
                for entry in security
                for name in entry
                if "x-amazon-apigateway-authorizer" in schemes.get(name, {})
            ]
            yield Route(
                method="ANY" if method.startswith("x-") else method.upper(),
                path=path,
                function=_function(integration, f"{method.upper()} {path}"),
                authorizer=names[0] if names else None,
                timeout=float(integration.get("timeoutInMillis", _DEFAULT_TIMEOUT * 1000)) / 1000,
                mock=_mock(integration),
            )


def _function(integration: Mapping[str, Any], route: str) -> str | None:
    kind = integration.get("type", "").lower()
    if kind == "mock":
        return None
    match = _INVOKED_ARN.search(integration.get("uri", ""))
    if kind != "aws_proxy" or match is None:
        raise TemplateError(f"{route}: only Lambda proxy and mock integrations are supported.")
    return function_of_arn(match[1])


def _mock(integration: Mapping[str, Any]) -> MockResponse | None:
    if integration.get("type", "").lower() != "mock":
        return None
    response = integration.get("responses", {}).get("default", {})
    prefix = "method.response.header."
    headers = {
        name.removeprefix(prefix): str(value).strip("'")
        for name, value in response.get("responseParameters", {}).items()
        if name.startswith(prefix)
    }
    templates = response.get("responseTemplates", {})
    return MockResponse(int(response.get("statusCode", 200)), headers, next(iter(templates.values()), ""))


def _schemes(body: Mapping[str, Any]) -> Mapping[str, Any]:
    schemes: Mapping[str, Any] = (
        body.get("components", {}).get("securitySchemes") or body.get("securityDefinitions") or {}
    )
    return schemes


def _authorizers(body: Mapping[str, Any]) -> Iterator[tuple[str, Authorizer]]:
    for name, scheme in _schemes(body).items():
        settings = scheme.get("x-amazon-apigateway-authorizer")
        if settings is None:
            continue
        kind = settings.get("type", "").upper()
        match = _INVOKED_ARN.search(settings.get("authorizerUri", ""))
        if kind not in {"TOKEN", "REQUEST"} or match is None:
            raise TemplateError(f"Authorizer {name}: only Lambda authorizers are supported.")
        given = settings.get("identitySource", "")
        sources = tuple(part.strip().removeprefix("method.request.") for part in given.split(",") if part.strip())
        yield (
            name,
            Authorizer(
                name=name,
                function=function_of_arn(match[1]),
                kind=kind,
                sources=sources or ((f"header.{scheme.get('name', 'Authorization')}",) if kind == "TOKEN" else ()),
                ttl=int(settings.get("authorizerResultTtlInSeconds", _DEFAULT_TTL)),
                validation=settings.get("identityValidationExpression"),
            ),
        )


def _responses(body: Mapping[str, Any]) -> Iterator[tuple[str, GatewayResponse]]:
    prefix = "gatewayresponse.header."
    for name, response in body.get("x-amazon-apigateway-gateway-responses", {}).items():
        status = response.get("statusCode")
        parameters = response.get("responseParameters", {})
        yield (
            name,
            GatewayResponse(
                status=None if status is None else int(status),
                headers={
                    key.removeprefix(prefix): str(value) for key, value in parameters.items() if key.startswith(prefix)
                },
                templates=response.get("responseTemplates", {}),
            ),
        )


def _throttles(settings: list[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], Throttle]]:
    for setting in settings:
        if "ThrottlingRateLimit" in setting or "ThrottlingBurstLimit" in setting:
            path = str(setting.get("ResourcePath", "/*"))
            # `/~1users~1login`: after the first slash, slashes are escaped as in a JSON pointer.
            path = path if path == "/*" else "/" + path.lstrip("/").replace("~1", "/").replace("~0", "~").lstrip("/")
            burst = int(setting.get("ThrottlingBurstLimit", 5000))
            yield (
                (str(setting.get("HttpMethod", "*")).upper(), path),
                Throttle(float(setting.get("ThrottlingRateLimit", 10000)), burst),
            )
