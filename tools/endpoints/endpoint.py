"""Validates a new endpoint."""

import keyword
import re
import sys
from dataclasses import dataclass

from microshop.scopes import ALL_SCOPES
from tools.endpoints.repository import Repository, Route
from tools.problems import LocalProblem
from tools.templates.model import BACK_OFFICE

# Who may call an endpoint. A scope admits staff and API keys that have it.
ROLES = ("customer", "anyone", "staff", *ALL_SCOPES)
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/api/v1(?:/(?:[a-z0-9]+(?:-[a-z0-9]+)*|\{[a-z_]+\}))+)")
_EXAMPLE = '"POST /api/v1/wishlist/{product_id}"'
_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_BACK_OFFICE_FOLDER = "backoffice/"


@dataclass(frozen=True)
class Endpoint:
    """A function with a route.

    `role` says who may call it: one of ROLES. `domain` is its folder in functions/, such as `backoffice/roles`.
    """

    name: str
    domain: str
    route: Route
    role: str

    @property
    def logical_id(self) -> str:
        """`AddWishFunction` for add_wish."""
        return "".join(word.capitalize() for word in self.name.split("_")) + "Function"

    @property
    def scope(self) -> str:
        """What staff need: a scope, or `staff`. Empty if it is for customers or anyone."""
        return "" if self.role in ("customer", "anyone") else self.role

    @property
    def is_back_office(self) -> bool:
        """Whether it belongs to the API for staff."""
        return self.domain.startswith(_BACK_OFFICE_FOLDER)

    @property
    def template(self) -> str:
        """The path of the template with its API."""
        return "infra/backoffice.yaml" if self.is_back_office else "template.yaml"

    @property
    def section(self) -> str:
        """The title of its section in the template, and the tag of a new operation."""
        return self.domain.removeprefix(_BACK_OFFICE_FOLDER)

    @property
    def parameters(self) -> list[str]:
        """The parameters of the path."""
        return _PARAMETER.findall(self.route.path)

    @property
    def has_response_body(self) -> bool:
        """Whether the response has a body."""
        return self.route.method != "DELETE"

    @property
    def is_write(self) -> bool:
        """Whether it is refused while the shop is read-only."""
        return self.route.method != "GET"

    @property
    def handler_file(self) -> str:
        """The path of its handler."""
        return f"functions/{self.domain}/{self.name}.py"

    @property
    def test_file(self) -> str:
        """The path of its first test."""
        return f"tests/contract/{self.domain.partition('/')[0]}/test_{self.name}.py"


def read_endpoint(repository: Repository, name: str, domain: str, route: str, role: str) -> Endpoint:
    """Returns the endpoint with these values.

    Raises:
        LocalProblem: a value is malformed, or conflicts with an existing endpoint.
    """
    domain = domain.removeprefix(_BACK_OFFICE_FOLDER)
    given = (("NAME", name, "add_wish"), ("DOMAIN", domain, "wishlist"), ("ROUTE", route, _EXAMPLE))
    if missing := [f"{what}={example}" for what, word, example in given if not word]:
        raise LocalProblem(f"make endpoint needs {', '.join(missing)}.")
    for what, word, example in given:
        if what != "ROUTE" and not _NAME.fullmatch(word):
            raise LocalProblem(f"{what}={word}: write lower-case words with underscores, such as {example}.")
        if word in sys.stdlib_module_names or keyword.iskeyword(word):
            raise LocalProblem(
                f"{what}={word}: Python has a module or a keyword of this name, which the file would hide."
            )
    if role and role not in ROLES:
        raise LocalProblem(f"ROLE={role}: one of {', '.join(ROLES)}.")
    parsed = _ROUTE.fullmatch(route)
    if not parsed:
        methods = "GET, POST, PUT, PATCH, DELETE"
        raise LocalProblem(
            f'ROUTE="{route}": write a method in capitals ({methods}) and a path below /api/v1/, such as {_EXAMPLE}.'
        )
    parsed_route = Route(*parsed.groups())
    folder = _BACK_OFFICE_FOLDER if parsed_route.path.startswith(BACK_OFFICE) else ""
    endpoint = Endpoint(name, folder + domain, parsed_route, role or ("staff" if folder else "customer"))
    _refuse_taken(repository, endpoint)
    return endpoint


def _refuse_taken(repository: Repository, endpoint: Endpoint) -> None:
    for block in repository.blocks:
        if block.operation == endpoint.name or block.logical_id == endpoint.logical_id:
            raise LocalProblem(f"NAME={endpoint.name}: functions/{block.handler}.py has this name.")
        for route in block.routes:
            if route == endpoint.route:
                raise LocalProblem(f"{route}: functions/{block.handler}.py answers it.")
            clash = _other_parameter(route, endpoint.route)
            if clash:
                raise LocalProblem(f"{endpoint.route}: API Gateway allows one name, and {route.path} has {clash}.")
    for file in (endpoint.handler_file, endpoint.test_file):
        if (repository.root / file).exists():
            raise LocalProblem(f"{file} exists.")
    neighbours = [block for block in repository.blocks if block.handler.startswith(f"{endpoint.domain}/")]
    if neighbours and not any(block.routes for block in neighbours):
        raise LocalProblem(f"DOMAIN={endpoint.domain}: functions/{endpoint.domain}/ holds functions without a route.")


def _other_parameter(route: Route, wanted: Route) -> str:
    """Returns the parameter of the route that has a different name in the new one."""
    for one, other in zip(route.segments, wanted.segments, strict=False):
        if one != other:
            return one if one.startswith("{") and other.startswith("{") else ""
    return ""
