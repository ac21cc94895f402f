"""Missing parts of an endpoint that `make lint` lists, and endpoints that `make endpoint` refuses."""

from functools import partial
from pathlib import Path

import pytest

from tests.support.table_rows import not_refused
from tools import ROOT
from tools.endpoints.endpoint import read_endpoint
from tools.endpoints.missing import missing
from tools.endpoints.repository import Repository
from tools.problems import LocalProblem

_TEMPLATE = """\
Resources:
  AddWishFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/wishlist
      Handler: add_wish.handler
      Policies: [!Ref DatabaseAccess]
      Events:
        Http:
          Type: Api
          Properties: {RestApiId: !Ref Api, Path: "/api/v1/wishlist/{id}", Method: post}
"""
_DESCRIPTION = """\
paths:
  /api/v1/wishlist/{id}:
    post:
      operationId: add_wish
      security: [{bearerAuth: []}]
      requestBody: {}
      responses: {"200": {}, "400": {}, "401": {}, "403": {}, "413": {}, "415": {}, "429": {}, "500": {}, "503": {}, "504": {}}
"""  # noqa: E501
_FILES = {
    "template.yaml": _TEMPLATE,
    "docs/openapi.yaml": _DESCRIPTION,
    "functions/wishlist/add_wish.py": '"""POST /api/v1/wishlist/{id}: add a wish."""\n',
    "events/add_wish.json": "{}",
    "infra/privileges.yaml": "functions: {}\n",
    "tests/contract/wishlist/test_wishes.py": 'answer = shop.ask("POST", f"/wishlist/{product_id}", by=customer)\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one complete endpoint."""
    for path, text in _FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _listed(root: Path) -> list[str]:
    return [str(each) for each in missing(Repository(root))]


def test_complete_endpoint_has_no_missing_parts(root: Path) -> None:
    assert _listed(root) == []


def test_undescribed_request_body_is_listed(root: Path) -> None:
    (root / "functions/wishlist/add_wish.py").write_text("wanted = request.body(AddWishRequest)\n", encoding="utf-8")
    assert _listed(root) == []

    _replace(root / "docs/openapi.yaml", "      requestBody: {}\n", "")

    assert _listed(root) == [
        (
            "docs/openapi.yaml, POST /api/v1/wishlist/{id}: functions/wishlist/add_wish.py parses a body: "
            "describe it as requestBody"
        )
    ]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "functions/wishlist/add_wish.py",
            "template.yaml, AddWishFunction: its handler does not exist: write functions/wishlist/add_wish.py",
        ),
        ("events/add_wish.json", "events/add_wish.json: AddWishFunction has no sample event: run `make documents`"),
        (
            "tests/contract/wishlist/test_wishes.py",
            (
                "functions/wishlist/add_wish.py: no test calls it: "
                'add one to tests/contract/wishlist/: shop.ask("POST", "/wishlist/{id}", …)'
            ),
        ),
    ],
)
def test_missing_file_of_an_endpoint_is_listed(root: Path, file: str, expected: str) -> None:
    (root / file).unlink()

    assert _listed(root) == [expected]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "functions/wishlist/add_wish.py",
            "add a wish.",
            "add a wish. CallerAttempts(redis())",
            (
                "template.yaml, AddWishFunction: POST /api/v1/wishlist/{id} is public, or checks a password or a code, "
                "and shares the limit of the stage: add the method to MethodSettings of the API"
            ),
        ),
        (
            "template.yaml",
            "[!Ref DatabaseAccess]",
            "[!Ref DatabaseAccess, !Ref RedisAccess]",
            (
                "infra/privileges.yaml: has no row for AddWishFunction, "
                "which has more permissions than the default of endpoints: "
                "add its permissions in template.yaml"
            ),
        ),
        (
            "docs/openapi.yaml",
            "operationId: add_wish",
            "operationId: wish",
            (
                "docs/openapi.yaml, POST /api/v1/wishlist/{id}: operationId is not add_wish: "
                "name it after the function's file"
            ),
        ),
        (
            "docs/openapi.yaml",
            '"403": {}, "413": {}, ',
            "",
            "docs/openapi.yaml, POST /api/v1/wishlist/{id}: lacks 403, 413: add the shared responses",
        ),
        (
            "functions/wishlist/add_wish.py",
            "add a wish",
            "TODO: what it does",
            "functions/wishlist/add_wish.py:1: a placeholder is left: what it does",
        ),
        (
            "infra/privileges.yaml",
            "{}",
            "{DropWishFunction: {}}",
            "infra/privileges.yaml: DropWishFunction is not a function of a template: remove the row",
        ),
    ],
)
def test_inconsistent_part_is_listed(root: Path, file: str, old: str, new: str, expected: str) -> None:
    _replace(root / file, old, new)

    assert _listed(root) == [expected]


def test_public_write_needs_its_own_throttle_and_no_token(root: Path) -> None:
    _replace(root / "template.yaml", "Method: post}", "Method: post, Auth: {Authorizer: NONE}}")
    token = "docs/openapi.yaml, POST /api/v1/wishlist/{id}: template.yaml does not require a token: write security: []"
    throttle = "template.yaml, AddWishFunction: POST /api/v1/wishlist/{id} is public, or checks a password or a code"
    assert [line.startswith(each) for line, each in zip(_listed(root), (token, throttle), strict=True)] == [True] * 2

    with (root / "template.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "  Api: {Type: AWS::Serverless::Api, Properties: "
            '{MethodSettings: [{ResourcePath: "/~1api~1v1~1wishlist~1{id}", HttpMethod: POST}]}}\n'
        )

    assert _listed(root) == [token]


def test_everything_except_the_handler_is_listed_as_missing(root: Path) -> None:
    (root / "template.yaml").write_text("Resources: {}\n", encoding="utf-8")

    assert _listed(root) == [
        "functions/wishlist/add_wish.py: no template has a function with this handler: add its block to a template",
        (
            "docs/openapi.yaml, POST /api/v1/wishlist/{id}: no function has this route: "
            "add it to the function of add_wish in its template"
        ),
        "events/add_wish.json: no function receives this event: remove it",
    ]


def test_route_without_an_operation_is_listed(root: Path) -> None:
    (root / "docs/openapi.yaml").write_text("paths: {}\n", encoding="utf-8")

    assert _listed(root) == [
        "docs/openapi.yaml: POST /api/v1/wishlist/{id} is not described: add the operation add_wish"
    ]


def test_endpoint_is_refused_when_it_cannot_be_added() -> None:
    rows = [
        ("LightLantern", "lanterns", "POST /api/v1/lanterns", "customer", "NAME=LightLantern: write lower-case words"),
        ("light_lantern", "", "POST /api/v1/lanterns", "customer", "make endpoint needs DOMAIN=wishlist."),
        ("", "lanterns", "POST /api/v1/lanterns", "customer", "make endpoint needs NAME=add_wish."),
        ("", "lanterns", "", "customer", 'make endpoint needs NAME=add_wish, ROUTE="POST'),
        ("logging", "lanterns", "POST /api/v1/lanterns", "customer", "NAME=logging: Python has a module or a keyword"),
        ("class", "lanterns", "POST /api/v1/lanterns", "customer", "NAME=class: Python has a module or a keyword"),
        ("light_lantern", "http", "POST /api/v1/lanterns", "customer", "DOMAIN=http: Python has a module or a keyword"),
        ("light_lantern", "lanterns", "POST /lanterns", "customer", "a path below /api/v1/"),
        ("light_lantern", "lanterns", "post /api/v1/lanterns", "customer", "a method in capitals"),
        ("light_lantern", "lanterns", "POST /api/v1/lanterns/", "customer", "a path below /api/v1/"),
        ("light_lantern", "lanterns", "POST /api/v1/lanterns", "owner", "ROLE=owner: one of customer, anyone, staff"),
        ("get_order", "lanterns", "GET /api/v1/lanterns", "customer", "functions/orders/get_order.py has this name"),
        ("find", "orders", "GET /api/v1/orders/{id}", "customer", "functions/orders/get_order.py answers it"),
        (
            "find",
            "orders",
            "GET /api/v1/orders/{order}/lanterns",
            "customer",
            "API Gateway allows one name, and /api/v1/orders/{id}",
        ),
        ("light_lantern", "consumers", "POST /api/v1/lanterns", "customer", "holds functions without a route"),
    ]
    repository = Repository(ROOT)

    wrong = [
        line
        for *given, reason in rows
        for line in not_refused(partial(read_endpoint, repository), [tuple(given)], reason, LocalProblem)
    ]

    assert wrong == []


def test_public_read_without_head_is_listed(root: Path) -> None:
    public = 'Path: "/api/v1/wishlist/{id}", Method: get, Auth: {Authorizer: NONE}}'
    _replace(root / "template.yaml", 'Path: "/api/v1/wishlist/{id}", Method: post}', public)

    listed = "HEAD /api/v1/wishlist/{id} is not served"
    assert any(listed in line for line in _listed(root))
    head = public.replace("Method: get", "Method: head")
    with (root / "template.yaml").open("a") as file:
        file.write(f"        Head:\n          Type: Api\n          Properties: {{RestApiId: !Ref Api, {head}\n")
    assert not any("HEAD" in line for line in _listed(root))
