"""The packages of `make run` suffice for the shop and the operator's commands, and tests use the same versions."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp

from tests.support.run_set import pins
from tools import ROOT
from tools.setup.package_sets import DEV, RUN

_MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8").replace("@$(OPERATOR)", "$(BIN)/python -m tools.operator")
_RULES = {
    rule.partition(":")[0]: rule for rule in re.findall(r"^[a-z-]+:.*\n(?:(?:\t|##).*\n)*", _MAKEFILE, re.MULTILINE)
}
_INSTALLS_ONLY_THE_SET = re.compile(r":.* setup-run\b|tools\.setup run\b")
_PROGRAMS = {
    program
    for rule in _RULES.values()
    if _INSTALLS_ONLY_THE_SET.search(rule)
    for program in re.findall(r"\$\(BIN\)/python -m ([\w.]+)", rule)
}
_DISTRIBUTIONS = importlib.metadata.packages_distributions()


def test_both_sets_have_the_same_versions() -> None:
    wanted, developers = pins(RUN), pins(DEV)

    assert wanted
    assert {name: developers.get(name) for name in wanted} == wanted


def test_make_lock_writes_every_lock() -> None:
    folders = ("", "layers/*/", "tools/*/", "tests/benchmarks/*/")
    files = [file for folder in folders for file in ROOT.glob(f"{folder}requirements*.txt")]
    locks = {file.relative_to(ROOT).as_posix() for file in files}

    assert {RUN.lock, DEV.lock} < locks
    assert set(re.findall(r" -o (\S+)$", _RULES["lock"], re.MULTILINE)) == locks


def test_run_set_has_no_tools_of_tests() -> None:
    assert not {"aws-sam-cli", "cfn-lint", "mypy", "pytest", "sympy"} & pins(RUN).keys()


def test_programs_of_the_run_set_import_nothing_else() -> None:
    graph = grimp.build_graph("tools", "microshop", include_external_packages=True, exclude_type_checking_imports=True)
    programs = {module for module in graph.modules if module.startswith(tuple(_PROGRAMS))}
    imported = programs.union(*map(graph.find_upstream_modules, programs))

    packages = {module for module in imported if graph.is_module_squashed(module)}

    assert {"tools.local", "tools.operator"} <= _PROGRAMS
    assert "starlette" in packages
    assert _outside_the_set(packages) == set()


def test_functions_import_nothing_outside_the_run_set() -> None:
    imported = {name for file in ROOT.glob("functions/**/*.py") for name in _imported_by(file)}

    assert _outside_the_set(imported - {"microshop"}) == set()


def test_make_tasks_of_these_programs_install_only_the_run_set() -> None:
    enough = {f"$(BIN)/python -m {program}" for program in _PROGRAMS}
    needs_more = [
        task
        for task, rule in _RULES.items()
        if (used := set(re.findall(r"\$\(BIN\)/(?:python -m )?[\w.]+", rule))) and used <= enough
        if not _INSTALLS_ONLY_THE_SET.search(rule)
    ]

    assert needs_more == []


def _outside_the_set(packages: set[str]) -> set[str]:
    locked = pins(RUN).keys()
    third_party = packages - sys.stdlib_module_names
    return {name for name in third_party if not locked & {_normal(found) for found in _DISTRIBUTIONS.get(name, [])}}


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _imported_by(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
