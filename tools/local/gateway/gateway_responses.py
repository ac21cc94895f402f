"""The errors of API Gateway itself: types, default messages, and the GatewayResponses of the template."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.templates.model import GatewayResponse

_VARIABLE = re.compile(r"\$context\.(\w+(?:\.\w+)*)")
_DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'


class GatewayError(Exception):
    """The gateway itself refuses a request, or it fails."""

    def __init__(self, kind: str, status: int, message: str | None, error_type: str) -> None:
        super().__init__(message or kind)
        self.kind = kind
        self.status = status
        self.message = message
        self.error_type = error_type


@dataclass(frozen=True, slots=True)
class RenderedResponse:
    """The response to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def not_found() -> GatewayError:
    """Returns the error of an unknown path or method. REST APIs have neither 404 nor 405."""
    return GatewayError(
        "MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"
    )


def unauthorized() -> GatewayError:
    return GatewayError("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")


def access_denied(*, explicit: bool) -> GatewayError:
    message = "User is not authorized to access this resource" + (" with an explicit deny" if explicit else "")
    return GatewayError("ACCESS_DENIED", 403, message, "AccessDeniedException")


def authorizer_failure() -> GatewayError:
    return GatewayError("AUTHORIZER_FAILURE", 500, None, "AuthorizerFailureException")


def authorizer_configuration_error() -> GatewayError:
    return GatewayError("AUTHORIZER_CONFIGURATION_ERROR", 500, None, "AuthorizerConfigurationException")


def throttled() -> GatewayError:
    return GatewayError("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")


def request_too_large() -> GatewayError:
    return GatewayError("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException")


def bad_request(message: str) -> GatewayError:
    return GatewayError("DEFAULT_4XX", 400, message, "BadRequestException")


def integration_timeout() -> GatewayError:
    return GatewayError("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException")


def integration_error(status: int = 502) -> GatewayError:
    """Returns the error of a function that failed, was throttled (500), or returned no proxy response."""
    return GatewayError("DEFAULT_5XX", status, "Internal server error", "InternalServerErrorException")


def api_configuration_error() -> GatewayError:
    return GatewayError("API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException")


def render(
    error: GatewayError,
    responses: Mapping[str, GatewayResponse],
    context: Mapping[str, Any],
    request_headers: Mapping[str, str],
) -> RenderedResponse:
    """Returns the response of the GatewayResponse for the type of the error, or of DEFAULT_4XX or DEFAULT_5XX."""
    fallback = "DEFAULT_4XX" if error.status < 500 else "DEFAULT_5XX"
    response = responses.get(error.kind) or responses.get(fallback)
    variables = {**context, "error": _error_variables(error)}
    template = _template(response, request_headers.get("accept", ""))
    status = (response.status if response else None) or error.status
    headers = {"Content-Type": template[0], "x-amzn-ErrorType": error.error_type}
    for name, source in (response.headers if response else {}).items():
        value = _parameter(source, variables, request_headers)
        if value is not None:
            # Header names ignore case: a Content-Type in the template replaces the default one.
            headers = {key: kept for key, kept in headers.items() if key.lower() != name.lower()} | {name: value}
    return RenderedResponse(status, list(headers.items()), substitute(template[1], variables).encode())


def substitute(template: str, context: Mapping[str, Any]) -> str:
    """Returns a response template with its variables filled in. Gateway responses support no other part of VTL."""

    def value(match: re.Match[str]) -> str:
        found = _lookup(context, match[1])
        if isinstance(found, bool | dict | list):
            return json.dumps(found)
        return "" if found is None else str(found)

    return _VARIABLE.sub(value, template)


def _error_variables(error: GatewayError) -> dict[str, Any]:
    # messageString is the message as a JSON string, with quotes.
    message_string = "null" if error.message is None else json.dumps(error.message)
    return {"message": error.message, "messageString": message_string, "responseType": error.kind}


def _template(response: GatewayResponse | None, accept: str) -> tuple[str, str]:
    templates = response.templates if response else {}
    for wanted in (accept.partition(",")[0].partition(";")[0].strip(), "application/json"):
        if wanted in templates:
            return wanted, templates[wanted]
    return next(iter(templates.items()), ("application/json", _DEFAULT_TEMPLATE))


def _parameter(source: str, context: Mapping[str, Any], request_headers: Mapping[str, str]) -> str | None:
    if source.startswith("'"):
        return source.strip("'")
    if source.startswith("method.request.header."):
        return request_headers.get(source.removeprefix("method.request.header.").lower())
    found = _lookup(context, source.removeprefix("context."))
    return None if found is None else str(found)


def _lookup(context: Mapping[str, Any], path: str) -> Any:
    found: Any = context
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
