"""Sample requests to the routes of the templates, with the examples of docs/openapi.yaml."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import yaml

from microshop.authorizer_context import context_of
from microshop.caller import Caller
from microshop.scopes import EVERYTHING
from tools import ROOT
from tools.documents.samples.values import API_ID, MOMENT, TRACE, file_of, fixed_id, sample_values
from tools.lambda_events.apigateway import HttpRequest, Target, authorizer_event, proxy_event
from tools.problems import LocalProblem
from tools.templates.model import REGION

if TYPE_CHECKING:
    from tools.documents.samples.values import Json
    from tools.templates.model import Inventory, RestApi, Route

_TOKEN = "Bearer 3vX0c8kq2m1yNwq7n9s3hJ5dP4bR6tZgLfEaUoIiKkQ"  # noqa: S105 - not a real token
_SESSION = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
# `requires=(CUSTOMER, READ_ORDERS)` is for customers too.
_REQUIRES_A_SCOPE = re.compile(r"requires=\(?(?!CUSTOMER)[A-Z]")
_ADMIN, _CUSTOMER = 1, 2
_PARAMETER = re.compile(r"{(\w+)}")
_CLIENT = "203.0.113.17"
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"


def authorizer_sample(api: RestApi) -> Json:
    """Returns the event of the authorizer for a request with a token."""
    return authorizer_event(api, _request("GET", "/api/v1/users/profile", {}), Target("", {}), _TOKEN)


def request_sample(inventory: Inventory, api: RestApi, route: Route) -> Json:
    """Returns the event of the route's function for a request.

    Raises:
        LocalProblem: docs/openapi.yaml has no such operation, or no example of it.
    """
    own = sample_values()["requests"].get(file_of(inventory, str(route.function)), {})
    operation = _description()["paths"].get(route.path, {}).get(route.method.lower())
    if operation is None:
        raise LocalProblem(f"docs/openapi.yaml does not describe {route.method} {route.path}.")
    parameters = _examples(operation, "path")
    if without := set(_PARAMETER.findall(route.path)) - parameters.keys():
        raise LocalProblem(f"docs/openapi.yaml has no example of {', '.join(without)} in {route.method} {route.path}.")
    headers = _headers(operation) | own.get("headers", {})
    authorized = None
    if route.authorizer:
        headers["authorization"] = _TOKEN
        authorized = _authorized(own.get("caller") or (_ADMIN if _requires_staff(inventory, route) else _CUSTOMER))
    request = _request(
        route.method,
        route.path.format(**parameters),
        headers,
        query=urlencode(own.get("query", {})),
        body=_body(operation, own.get("example")),
    )
    return proxy_event(api, request, Target(route.path, parameters, authorized))


def _request(method: str, path: str, headers: dict[str, str], *, query: str = "", body: bytes = b"") -> HttpRequest:
    host = f"{API_ID}.execute-api.{REGION}.amazonaws.com"
    sent = {"accept": "application/json", "host": host, "user-agent": _BROWSER} | headers
    return HttpRequest(
        method,
        path,
        query,
        tuple(sorted(sent.items())),
        body,
        client=_CLIENT,
        port=443,
        trace=TRACE,
        request_id=fixed_id(f"{method} {path}"),
        received_at=MOMENT,
    )


def _headers(operation: Json) -> dict[str, str]:
    named = {name.lower(): value for name, value in _examples(operation, "header").items()}
    return named | ({"content-type": "application/json"} if "requestBody" in operation else {})


def _body(operation: Json, example: str | None) -> bytes:
    if "requestBody" not in operation:
        return b""
    examples = operation["requestBody"]["content"]["application/json"].get("examples")
    if not examples:
        raise LocalProblem(f"docs/openapi.yaml has no example of the body of {operation['operationId']}.")
    return json.dumps(examples[example or next(iter(examples))]["value"], ensure_ascii=False).encode()


def _examples(operation: Json, place: str) -> dict[str, str]:
    """Returns the first example of each parameter in `place`, if it has one."""
    values = {}
    for parameter in map(_resolved, operation.get("parameters", [])):
        examples = [example["value"] for example in parameter.get("examples", {}).values()]
        examples += _resolved(parameter["schema"]).get("examples", [])
        if parameter["in"] == place and examples:
            values[parameter["name"]] = str(examples[0])
    return values


def _authorized(user_id: int) -> Json:
    """Returns the authorizer's context of a demo account."""
    return {
        "principalId": str(user_id),
        **context_of(Caller(user_id, _SESSION, EVERYTHING if user_id == _ADMIN else frozenset())),
        "integrationLatency": 12,
    }


def _requires_staff(inventory: Inventory, route: Route) -> bool:
    function = inventory.functions[str(route.function)]
    code = function.code / f"{file_of(inventory, function.name)}.py"
    return _REQUIRES_A_SCOPE.search(code.read_text(encoding="utf-8")) is not None


def _resolved(node: Json) -> Json:
    if "$ref" not in node:
        return node
    target: Any = _description()
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return _resolved(target)


@functools.cache
def _description() -> Json:
    description: Json = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    return description
