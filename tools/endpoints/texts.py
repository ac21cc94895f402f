"""The texts of a new endpoint. The developer replaces each TODO; `make lint` lists them."""

import textwrap

from microshop.scopes import ALL_SCOPES
from tools.endpoints.endpoint import Endpoint

_SHARED_RESPONSES = {
    "400": "InvalidInput",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "NotFound",
    "429": "TooManyRequests",
    "500": "InternalError",
    "503": "Unavailable",
    "504": "Timeout",
}


def handler(endpoint: Endpoint) -> str:
    """Returns the handler's file, with a placeholder response."""
    result = "ok" if endpoint.has_response_body else "no_content"
    role = "" if endpoint.role == "anyone" else endpoint.role.upper()
    is_scope = endpoint.role in ALL_SCOPES
    names = [*([role] if role and not is_scope else []), "Request", "Response", "endpoint", result]
    used = [f'    request.path_id("{name}")  # TODO: pass it to the use case' for name in endpoint.parameters]
    returned = 'ok({"message": "TODO: return the view"})' if endpoint.has_response_body else "no_content()"
    return "\n".join(
        [
            f'"""{endpoint.route}: TODO: what it does."""',
            "",
            f"from microshop.http import {', '.join(names)}",
            *([f"from microshop.scopes import {role}"] if is_scope else []),
            "",
            "",
            f"@endpoint({f'requires={role}' if role else ''})",
            f"def handler({'request' if used else '_request'}: Request) -> Response:",
            *used,
            f"    return {returned}",
            "",
        ]
    )


def block(endpoint: Endpoint, *, after: str) -> str:
    """Returns the function in the template, which CloudFormation updates after the function `after`."""
    route = endpoint.route
    path = f'"{route.path}"' if endpoint.parameters else route.path
    public = ", Auth: {Authorizer: NONE}" if endpoint.role == "anyone" else ""
    if endpoint.is_back_office:
        folder, reserved, published, policy = "../functions", 2, "", "DatabaseAccessPolicyArn"
    else:
        folder, reserved, policy = "functions", 5, "DatabaseAccess"
        published = "      AutoPublishCodeSha256: !Ref CodeVersion\n"
    methods = {"Http": route.method} | ({"Head": "HEAD"} if public and route.method == "GET" else {})
    events = "".join(
        f"        {name}:\n"
        "          Type: Api\n"
        f"          Properties: {{RestApiId: !Ref Api, Path: {path}, Method: {method.lower()}{public}}}\n"
        for name, method in methods.items()
    )
    scope = f"    Metadata: {{Scope: {endpoint.scope}}}\n" if endpoint.scope else ""
    return f"""\
  {endpoint.logical_id}:
    Type: AWS::Serverless::Function
{scope}    DependsOn: {after}
    Properties:
      Description: {route}
      CodeUri: {folder}/{endpoint.domain}
      Handler: {endpoint.name}.handler
      ReservedConcurrentExecutions: !If [ReservesConcurrency, {reserved}, !Ref AWS::NoValue]
{published}      Policies: [!Ref {policy}]
      Events:
{events}
"""


def tag(name: str) -> str:
    """Returns the entry of a new tag."""
    return f"  - name: {name}\n    description: 'TODO: what the operations are about.'\n"


def operation(endpoint: Endpoint, tag_name: str) -> str:
    """Returns the operation, indented below its path."""
    security = "[]" if endpoint.role == "anyone" else "[{bearerAuth: []}]"
    lines = [
        f"{endpoint.route.method.lower()}:",
        f"  operationId: {endpoint.name}",
        f"  tags: [{tag_name}]",
        "  summary: 'TODO: what it does, in about five words'",
        "  description: 'TODO: the conditions and limits that a client must know.'",
        f"  security: {security}",
        *([f"  x-scope: {endpoint.scope}"] if endpoint.scope else []),
        *_parameters(endpoint),
        "  responses:",
        *(_response_with_body() if endpoint.has_response_body else _response_without_body()),
        *(f'    "{status}": {{$ref: "#/components/responses/{name}"}}' for status, name in _refusals(endpoint)),
    ]
    return textwrap.indent("\n".join(lines) + "\n", "    ")


def test(endpoint: Endpoint) -> str:
    """Returns the file of the endpoint's first test."""
    caller = {"customer": "customer", "anyone": ""}.get(endpoint.role, "admin")
    fixture, by = (f", {caller}: Customer", f", by={caller}") if caller else ("", "")
    path = "/" + "/".join("1" if segment.startswith("{") else segment for segment in endpoint.route.segments)
    status = 200 if endpoint.has_response_body else 204
    return f'''\
"""{endpoint.route}; Shop.ask validates every response against docs/openapi.yaml."""

from tests.support.shop import {"Customer, " if fixture else ""}Shop


def test_{endpoint.name}_answers(shop: Shop{fixture}) -> None:  # TODO: name the behaviour, add the others
    answer = shop.ask("{endpoint.route.method}", "{path}"{by})

    assert answer.status_code == {status}
'''


def _parameters(endpoint: Endpoint) -> list[str]:
    lines = ["  parameters:"] if endpoint.parameters else []
    for name in endpoint.parameters:
        lines += [
            f"    - name: {name}",
            "      in: path",
            "      required: true",
            "      description: 'TODO: its meaning, or use a shared parameter'",
            '      schema: {$ref: "#/components/schemas/Id"}',
            "      examples: {first: {value: 1}}",
        ]
    return lines


def _response_with_body() -> list[str]:
    return [
        '    "200":',
        "      description: 'TODO: the content of the response.'",
        "      headers:",
        '        X-Request-Id: {$ref: "#/components/headers/X-Request-Id"}',
        "      content:",
        "        application/json:",
        "          schema: # TODO: the component of the view",
        "            type: object",
        "            additionalProperties: false",
        "            required: [message]",
        "            properties: {message: {type: string}}",
        "          examples:",
        "            answer: {value: {message: 'TODO: an example'}}",
    ]


def _response_without_body() -> list[str]:
    return [
        '    "204":',
        "      description: 'TODO: the effect.'",
        "      headers:",
        '        X-Request-Id: {$ref: "#/components/headers/X-Request-Id"}',
    ]


def _refusals(endpoint: Endpoint) -> list[tuple[str, str]]:
    responses = dict(_SHARED_RESPONSES)
    if endpoint.role == "anyone":
        del responses["401"], responses["403"]
    if not endpoint.parameters:
        del responses["404"]
    if endpoint.is_write:
        responses["503"] = "UnavailableOrReadOnly"
    return list(responses.items())
