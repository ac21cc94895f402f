"""API Gateway's own errors: their types, their default words, and how the template wants them put."""

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
    """The gateway itself refuses or fails a request."""

    def __init__(self, kind: str, status: int, message: str | None, error_type: str) -> None:
        super().__init__(message or kind)
        self.kind = kind
        self.status = status
        self.message = message
        self.error_type = error_type


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def not_found() -> GatewayError:
    """An unknown path or method: REST APIs know neither 404 nor 405."""
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
    """The function failed, was throttled (500), or answered what is no proxy response."""
    return GatewayError("DEFAULT_5XX", status, "Internal server error", "InternalServerErrorException")


def api_configuration_error() -> GatewayError:
    return GatewayError("API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException")


def render(
    error: GatewayError,
    responses: Mapping[str, GatewayResponse],
    context: Mapping[str, Any],
    request_headers: Mapping[str, str],
) -> Rendered:
    """The error as the template's GatewayResponses put it: its own type's, else DEFAULT_4XX or DEFAULT_5XX."""
    fallback = "DEFAULT_4XX" if error.status < 500 else "DEFAULT_5XX"
    response = responses.get(error.kind) or responses.get(fallback)
    variables = {**context, "error": _error_variables(error)}
    template = _template(response, request_headers.get("accept", ""))
    status = (response.status if response else None) or error.status
    headers = {"Content-Type": template[0], "x-amzn-ErrorType": error.error_type}
    for name, source in (response.headers if response else {}).items():
        value = _parameter(source, variables, request_headers)
        if value is not None:
            # Names are compared without case: a template's Content-Type replaces the default's.
            headers = {key: kept for key, kept in headers.items() if key.lower() != name.lower()} | {name: value}
    return Rendered(status, list(headers.items()), substitute(template[1], variables).encode())


def substitute(template: str, context: Mapping[str, Any]) -> str:
    """A response template with its variables filled in. Gateway responses know no more of VTL than this."""

    def value(match: re.Match[str]) -> str:
        found = _lookup(context, match[1])
        if isinstance(found, bool | dict | list):
            return json.dumps(found)
        return "" if found is None else str(found)

    return _VARIABLE.sub(value, template)


def _error_variables(error: GatewayError) -> dict[str, Any]:
    # messageString is the message as a JSON string, quotes included.
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
