"""Lambda authorizers: calls them, caches their results, and evaluates their policies."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tools.lambda_events.apigateway import authorizer_event, method_arn
from tools.local.gateway.gateway_responses import (
    access_denied,
    authorizer_configuration_error,
    authorizer_failure,
    unauthorized,
)
from tools.local.lambdas.pool import Throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.lambda_events.apigateway import HttpRequest, Target
    from tools.local.lambdas.environments import Environments
    from tools.templates.model import Authorizer, RestApi

_TIMEOUT = 29.0  # seconds; the limit of API Gateway


class Authorization:
    """The authorizers of the API, with a cache of their results."""

    def __init__(self, api: RestApi, environments: Environments, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._environments = environments
        self._clock = clock
        self._cache: dict[tuple[str, ...], tuple[float, Mapping[str, Any]]] = {}

    async def context(self, name: str, request: HttpRequest, target: Target) -> dict[str, Any]:
        """Returns requestContext.authorizer for an authorized request.

        Raises:
            GatewayError: 401, 403, or 500 if the authorizer failed.
        """
        authorizer = self._api.authorizers[name]
        identity = _identity(authorizer, request, self._api)
        started = self._clock()
        result = await self._cached_result(authorizer, identity, request, target)
        latency = int((self._clock() - started) * 1000)
        evaluate_policy(result["policyDocument"], method_arn(self._api, request.method, request.path))
        context = {key: _as_text(value) for key, value in (result.get("context") or {}).items()}
        return {**context, "principalId": result["principalId"], "integrationLatency": latency}

    async def _cached_result(
        self, authorizer: Authorizer, identity: tuple[str, ...], request: HttpRequest, target: Target
    ) -> Mapping[str, Any]:
        key = (authorizer.name, *identity)
        expires, result = self._cache.get(key, (0.0, {}))
        if authorizer.ttl and expires > self._clock():
            return result
        token = identity[0] if authorizer.kind == "TOKEN" else None
        event = json.dumps(authorizer_event(self._api, request, target, token)).encode()
        result = await self._invoke(authorizer.function, event, request.trace)
        if authorizer.ttl and identity:
            self._delete_expired()
            self._cache[key] = (self._clock() + authorizer.ttl, result)
        return result

    async def _invoke(self, function: str, event: bytes, trace: str) -> Mapping[str, Any]:
        try:
            result = await asyncio.wait_for(self._environments.invoke(function, event, trace=trace), _TIMEOUT)
        except (TimeoutError, Throttled):
            raise authorizer_failure() from None
        output = json.loads(result.payload)
        if result.is_error:
            raise unauthorized() if output.get("errorMessage") == "Unauthorized" else authorizer_failure()
        if not _is_valid(output):
            raise authorizer_configuration_error()
        return output  # type: ignore[no-any-return]

    def _delete_expired(self) -> None:
        now = self._clock()
        self._cache = {key: entry for key, entry in self._cache.items() if entry[0] > now}


def evaluate_policy(policy: Mapping[str, Any], arn: str) -> None:
    """Check that a statement allows the method and none denies it. Statements with a condition never allow.

    Raises:
        GatewayError: a statement denies access, or none allows it.
    """
    statements = policy["Statement"]
    applying = [
        statement
        for statement in (statements if isinstance(statements, list) else [statements])
        if _covers(statement.get("Action"), "execute-api:Invoke") and _covers(statement.get("Resource"), arn)
    ]
    if any(statement["Effect"] == "Deny" for statement in applying):
        raise access_denied(explicit=True)
    if not any(statement["Effect"] == "Allow" and "Condition" not in statement for statement in applying):
        raise access_denied(explicit=False)


def _covers(patterns: Any, value: str) -> bool:
    return any(_matches(str(pattern), value) for pattern in (patterns if isinstance(patterns, list) else [patterns]))


def _matches(pattern: str, value: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, value, re.IGNORECASE if pattern.startswith("execute-api:") else 0) is not None


def _is_valid(output: Any) -> bool:
    if not isinstance(output, dict) or not isinstance(output.get("principalId"), str):
        return False
    policy = output.get("policyDocument")
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), list | dict):
        return False
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    context = output.get("context") or {}
    return (
        all(isinstance(statement, dict) and statement.get("Effect") in {"Allow", "Deny"} for statement in statements)
        and isinstance(context, dict)
        and not any(isinstance(value, dict | list) for value in context.values())
    )


def _identity(authorizer: Authorizer, request: HttpRequest, api: RestApi) -> tuple[str, ...]:
    """Returns the values of the identity sources, which are the cache key.

    Raises:
        GatewayError: 401 without a call of the authorizer, because a value is missing or does not match.
    """
    values = [_source(source, request, api) for source in authorizer.sources]
    if not all(values):
        raise unauthorized()
    if authorizer.validation and authorizer.kind == "TOKEN" and not re.fullmatch(authorizer.validation, values[0]):
        raise unauthorized()
    return tuple(values)


def _source(source: str, request: HttpRequest, api: RestApi) -> str:
    place, _, name = source.partition(".")
    match place:
        case "header":
            return request.header(name) or ""
        case "querystring":
            return parse_qs(request.query).get(name, [""])[-1]
        case "stageVariables":
            return api.stage_variables.get(name, "")
        case _:  # context.httpMethod and similar sources are never missing
            return f"{request.method} {request.path}"


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
