"""The import contract for all modules except the named ones."""

import grimp
import pytest

from tools.lint.import_contract import ForbiddenByDefaultContract

_MODULES = ("shop", "shop.orders", "shop.orders.placing", "shop.orders.repository", "pymysql", "json")
_DIRECT = ("shop.orders.placing", "pymysql")
_THROUGH_AN_ADAPTER = [("shop.orders.placing", "shop.orders.repository"), ("shop.orders.repository", "pymysql")]


def _check(*imports: tuple[str, str], allowed: tuple[str, ...] = ("*.repository",)) -> dict[str, list[object]]:
    graph = grimp.ImportGraph()
    for module in _MODULES:
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    options = {"package": "shop", "allowed": list(allowed), "forbidden_packages": ["pymysql"]}
    contract = ForbiddenByDefaultContract("pure", session_options={}, contract_options=options)
    checked = contract.check(graph, verbose=False)
    assert checked.kept is not any(checked.metadata.values())
    return dict(checked.metadata)


@pytest.mark.parametrize("imports", [[_DIRECT], _THROUGH_AN_ADAPTER])
def test_module_that_is_not_exempt_imports_no_forbidden_package(imports: list[tuple[str, str]]) -> None:
    [chain] = _check(*imports)["chains"]

    assert isinstance(chain, tuple)
    assert (chain[0], chain[-1]) == _DIRECT


def test_allowed_module_may_import_the_forbidden_package() -> None:
    kept = _check(("shop.orders.repository", "pymysql"), ("shop.orders.placing", "json"))

    assert kept == {"chains": [], "unused": []}


def test_exception_without_a_module_is_reported() -> None:
    assert _check(allowed=("*.repository", "*.cache"))["unused"] == ["*.cache"]
