"""`make endpoint` in a copy of this repository: the new endpoints are served, described and answer."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.support.functions import ROOT
from tools.endpoints.endpoint import read_endpoint
from tools.endpoints.missing import missing
from tools.endpoints.repository import Repository
from tools.endpoints.skeleton import write_skeleton
from tools.lambda_events.apigateway import HttpRequest, Target, proxy_event
from tools.templates.chains import breaks
from tools.templates.inventory import read_inventory
from tools.templates.model import BACK_OFFICE, Inventory, RestApi

_COPIED = ("template.yaml", "infra", "functions", "layers/shared", "layers/stripe", "docs/openapi.yaml", "events")
# A new domain; an existing domain and path; a new path in an existing domain; a new domain of the back office.
_ADDED = {
    "light_lantern": ("lanterns", "POST /api/v1/lanterns", "customer"),
    "drop_order": ("orders", "DELETE /api/v1/orders/{id}", "write_orders"),
    "list_lanterns": ("products", "GET /api/v1/products/{id}/lanterns", "anyone"),
    "hang_lantern": ("backoffice/lanterns", "PUT /api/v1/admin/lanterns/{id}", "operate"),
}
_SERVERS = {"DatabaseUrl": "mysql://database.invalid/shop", "RedisUrl": "redis://redis.invalid"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository with new endpoints."""
    root = tmp_path_factory.mktemp("repository")
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (root / name).parent.mkdir(exist_ok=True)
            shutil.copy(source, root / name)
    shutil.copytree(ROOT / "tests" / "contract", root / "tests" / "contract")
    for name, (domain, route, role) in _ADDED.items():
        repository = Repository(root)
        assert list(write_skeleton(repository, read_endpoint(repository, name, domain, route, role)))
    return root


@pytest.fixture(scope="module")
def inventory(copy: Path) -> Inventory:
    """The copy's template."""
    return read_inventory(copy / "template.yaml", parameters=_SERVERS, aws_endpoint_url="http://aws.invalid")


def _description(copy: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((copy / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("name", _ADDED)
def test_a_new_endpoint_has_a_route_with_an_authorizer_unless_public(inventory: Inventory, name: str) -> None:
    _, route, role = _ADDED[name]
    api = _api(inventory, route)

    [served] = [each for each in api.routes if f"{each.method} {each.path}" == route]

    assert inventory.functions[str(served.function)].handler == f"{name}.handler"
    assert (served.authorizer is None) is (role == "anyone")


def test_new_endpoints_are_described_beside_those_of_their_domain(copy: Path) -> None:
    description = _description(copy)

    validate(description)
    paths = list(description["paths"])
    assert paths.index("/api/v1/products/{id}/lanterns") == paths.index("/api/v1/products/{id}/stock") + 1
    assert list(description["paths"]["/api/v1/orders/{id}"]) == ["get", "delete"]
    assert description["paths"]["/api/v1/orders/{id}"]["delete"]["tags"] == ["orders"]
    assert "lanterns" in [tag["name"] for tag in description["tags"]]


@pytest.mark.parametrize("name", _ADDED)
def test_a_new_endpoint_answers_as_it_is_described(
    copy: Path, inventory: Inventory, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    domain, route, role = _ADDED[name]
    method, path = route.split()
    caller = {"principalId": "1", "user_id": "1", "scopes": role, "session": "5e"}
    request = HttpRequest(method, path.replace("{id}", "1"), "", (), b"", "203.0.113.17", 443, "Root=1-5759e988-bd86")
    event = proxy_event(
        _api(inventory, route), request, Target(path, {"id": "1"}, None if role == "anyone" else caller)
    )

    answer = _handler(copy / "functions" / domain / f"{name}.py")(event, _Context())

    described = _description(copy)["paths"][path][method.lower()]["responses"][str(answer["statusCode"])]
    if "content" in described:
        Draft202012Validator(described["content"]["application/json"]["schema"]).validate(json.loads(answer["body"]))


def test_new_functions_join_the_update_chains(copy: Path) -> None:
    blocks = Repository(copy).blocks

    for template in ("template.yaml", "infra/backoffice.yaml"):
        chains = {block.logical_id: block.waits_for for block in blocks if block.file == template}
        assert list(breaks(chains)) == [], template


def test_new_endpoints_lack_only_samples_and_the_text_of_placeholders(copy: Path) -> None:
    found = missing(Repository(copy))

    samples = [each.place for each in found if each.remedy == "run `make documents`"]
    assert samples == [f"events/{name}.json" for name in sorted(_ADDED)]
    assert {each.what for each in found if each.place not in samples} == {"a placeholder is left"}
    assert {each.place.partition(":")[0] for each in found} >= {
        "docs/openapi.yaml",
        *(f"functions/{domain}/{name}.py" for name, (domain, _, _) in _ADDED.items()),
        *(str(test.relative_to(copy)) for test in _tests(copy)),
    }


def test_new_files_pass_the_linter(copy: Path) -> None:
    files = [copy / "functions" / domain / f"{name}.py" for name, (domain, _, _) in _ADDED.items()]
    files += _tests(copy)
    shutil.copy(ROOT / "pyproject.toml", copy)

    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [Path(sys.executable).with_name("ruff"), *command, "--no-cache", *files],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def _api(inventory: Inventory, route: str) -> RestApi:
    """Returns the API that serves the route."""
    return inventory.apis[1 if BACK_OFFICE in route else 0]


def _tests(copy: Path) -> list[Path]:
    folder = copy / "tests" / "contract"
    return [folder / domain.partition("/")[0] / f"test_{name}.py" for name, (domain, _, _) in _ADDED.items()]


class _Context:
    """The context that Lambda passes to a handler."""

    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    function_name = "new"


def _handler(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"new_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler
