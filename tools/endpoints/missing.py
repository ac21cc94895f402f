"""Lists missing parts of endpoints, each with the file and the remedy."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tools.endpoints.repository import Block, Repository, Route, scopes_of_operation

# `make endpoint` leaves "TODO: what it does" for a person to write.
_PLACEHOLDER = re.compile(r"TODO: (?P<wanted>[^\"'}]+)")
_MAY_HOLD_PLACEHOLDERS = (
    "functions/**/*.py",
    "layers/**/*.py",
    "tests/contract/**/*.py",
    "template.yaml",
    "infra/backoffice.yaml",
    "docs/openapi.yaml",
)
_EVERY_OPERATION = {"400", "429", "500", "503", "504"}
_WITH_A_TOKEN = {"401", "403"}
_WITH_A_BODY = {"413", "415"}
# Its handler reads the body as bytes, because the signature covers them, and accepts any media type.
_TAKES_ANY_MEDIA_TYPE = {"stripe_webhook"}
_PARSES_A_BODY = "request.body("
# @endpoint(requires=REFUND, …) or @endpoint(requires=(CUSTOMER, READ_ORDERS), …)
_REQUIRES = re.compile(r"@endpoint\(requires=(\([^)]*\)|\w+)")
# Who counts attempts checks a password or a code.
_CHECKS_A_SECRET = re.compile(r"(Login|Caller)Attempts\(")
_PLAIN_POLICIES = ({"DatabaseAccess"}, {"DatabaseAccessPolicyArn"})


@dataclass(frozen=True)
class Missing:
    """A missing part: the place, the problem and the remedy."""

    place: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: {self.remedy}"


def missing(repository: Repository) -> list[Missing]:
    """Returns all missing parts, in the order in which an endpoint is written."""
    return [found for rule in _RULES for found in rule(repository)]


def _handlers_and_blocks(repository: Repository) -> Iterator[Missing]:
    blocks = {block.handler for block in repository.blocks}
    for handler in sorted(repository.handlers - blocks):
        yield Missing(
            f"functions/{handler}.py", "no template has a function with this handler", "add its block to a template"
        )
    for block in repository.blocks:
        if block.handler not in repository.handlers:
            place = f"{block.file}, {block.logical_id}"
            yield Missing(place, "its handler does not exist", f"write functions/{block.handler}.py")


def _routes_and_operations(repository: Repository) -> Iterator[Missing]:
    served = _served(repository)
    for route, (block, _) in served.items():
        if route not in repository.operations:
            yield Missing("docs/openapi.yaml", f"{route} is not described", f"add the operation {block.operation}")
    for route, operation in repository.operations.items():
        place = f"docs/openapi.yaml, {route}"
        if route not in served:
            name = operation["operationId"]
            yield Missing(place, "no function has this route", f"add it to the function of {name} in its template")
            continue
        block, needs_token = served[route]
        if operation["operationId"] != block.operation:
            yield Missing(place, f"operationId is not {block.operation}", "name it after the function's file")
        if bool(operation["security"]) is not needs_token:
            what, security = ("requires", "[{bearerAuth: []}]") if needs_token else ("does not require", "[]")
            yield Missing(place, f"{block.file} {what} a token", f"write security: {security}")


def _scopes(repository: Repository) -> Iterator[Missing]:
    for route, (block, _) in _served(repository).items():
        if block.handler not in repository.handlers or route not in repository.operations:
            continue
        file = f"functions/{block.handler}.py"
        wanted = _required(repository.text(file))
        words = ", ".join(wanted) or "no scope"
        if block.scopes != wanted:
            remedy = f"write Metadata: {{Scope: {_yaml(wanted)}}}" if wanted else "remove the scope"
            yield Missing(f"{block.file}, {block.logical_id}", f"{file} requires {words}", remedy)
        if scopes_of_operation(repository.operations[route]) != wanted:
            remedy = f"write x-scope: {_yaml(wanted)}" if wanted else "remove x-scope"
            yield Missing(f"docs/openapi.yaml, {route}", f"{file} requires {words}", remedy)


def _required(code: str) -> tuple[str, ...]:
    found = _REQUIRES.search(code)
    names = tuple(re.findall(r"\w+", found[1].lower())) if found else ()
    return () if names == ("customer",) else names


def _yaml(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _heads(repository: Repository) -> Iterator[Missing]:
    for block in repository.blocks:
        for route, needs_token in block.routes.items():
            if route.method == "GET" and not needs_token and route.path not in block.heads:
                what = f"HEAD {route.path} is not served, but monitoring uses it"
                yield Missing(f"{block.file}, {block.logical_id}", what, "add an event Head with Method: head")


def _throttles(repository: Repository) -> Iterator[Missing]:
    """Public writes, and writes that check a password or a code, have limits of their own.

    Otherwise guesses could use up the limit of the whole stage, and hash as many passwords as it allows.
    """
    for route, (block, needs_token) in _served(repository).items():
        if (
            route.method == "GET"
            or block.operation in _TAKES_ANY_MEDIA_TYPE
            or block.handler not in repository.handlers
        ):
            continue
        checks = not needs_token or bool(_CHECKS_A_SECRET.search(repository.text(f"functions/{block.handler}.py")))
        if checks and route not in repository.throttled:
            what = f"{route} is public, or checks a password or a code, and shares the limit of the stage"
            yield Missing(f"{block.file}, {block.logical_id}", what, "add the method to MethodSettings of the API")


def _bodies(repository: Repository) -> Iterator[Missing]:
    for route, (block, _) in _served(repository).items():
        parses = block.handler in repository.handlers and _PARSES_A_BODY in repository.text(
            f"functions/{block.handler}.py"
        )
        if parses and "requestBody" not in repository.operations.get(route, {"requestBody": None}):
            place = f"docs/openapi.yaml, {route}"
            yield Missing(place, f"functions/{block.handler}.py parses a body", "describe it as requestBody")


def _statuses(repository: Repository) -> Iterator[Missing]:
    for route, operation in repository.operations.items():
        absent = _expected(operation) - operation["responses"].keys()
        if absent:
            yield Missing(
                f"docs/openapi.yaml, {route}", f"lacks {', '.join(sorted(absent))}", "add the shared responses"
            )


def _expected(operation: dict[str, Any]) -> set[str]:
    expected = set(_EVERY_OPERATION)
    if operation["security"]:
        expected |= _WITH_A_TOKEN
    if "requestBody" in operation:
        expected |= _WITH_A_BODY
    if operation["operationId"] in _TAKES_ANY_MEDIA_TYPE:
        expected.remove("415")
    return expected


def _tests(repository: Repository) -> Iterator[Missing]:
    for route, (block, _) in _served(repository).items():
        if not repository.is_called(route):
            folder = f"tests/contract/{block.handler.partition('/')[0]}/"
            yield Missing(
                f"functions/{block.handler}.py",
                "no test calls it",
                f'add one to {folder}: shop.ask("{route.method}", "/{"/".join(route.segments)}", …)',
            )


def _privileges(repository: Repository) -> Iterator[Missing]:
    for block in repository.blocks:
        is_plain = bool(block.routes) and set(block.policies) in _PLAIN_POLICIES
        if block.policies and not is_plain and block.logical_id not in repository.listed_privileges:
            what = f"has no row for {block.logical_id}, which has more permissions than the default of endpoints"
            yield Missing("infra/privileges.yaml", what, f"add its permissions in {block.file}")
    for name in sorted(repository.listed_privileges - {block.logical_id for block in repository.blocks}):
        yield Missing("infra/privileges.yaml", f"{name} is not a function of a template", "remove the row")


def _samples(repository: Repository) -> Iterator[Missing]:
    functions = {block.operation: block for block in repository.blocks}
    for name in sorted(functions.keys() - repository.samples):
        remedy = "run `make documents`" if functions[name].routes else "write an event as AWS sends it"
        yield Missing(f"events/{name}.json", f"{functions[name].logical_id} has no sample event", remedy)
    for name in sorted(repository.samples - functions.keys()):
        yield Missing(f"events/{name}.json", "no function receives this event", "remove it")


def _placeholders(repository: Repository) -> Iterator[Missing]:
    for pattern in _MAY_HOLD_PLACEHOLDERS:
        for file in sorted(repository.root.glob(pattern)):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                found = _PLACEHOLDER.search(line)
                if found:
                    place = f"{file.relative_to(repository.root)}:{number}"
                    yield Missing(place, "a placeholder is left", found["wanted"].strip(" ."))


def _served(repository: Repository) -> dict[Route, tuple[Block, bool]]:
    return {route: (block, needs_token) for block in repository.blocks for route, needs_token in block.routes.items()}


_RULES: tuple[Callable[[Repository], Iterator[Missing]], ...] = (
    _handlers_and_blocks,
    _routes_and_operations,
    _scopes,
    _heads,
    _throttles,
    _bodies,
    _statuses,
    _privileges,
    _samples,
    _tests,
    _placeholders,
)
