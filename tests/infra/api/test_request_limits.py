"""Limits on requests: template, code and docs/request-limits.md agree."""

import re

from microshop import token_limits
from microshop.http.client_limits import QUOTAS
from tests.support.api_description import operations
from tests.support.deployment import ROOT
from tools.templates.sam import load

_ROW = re.compile(r"^\| `([a-z-]+)` \| (.+) \| `(\w+)` \| (\d+) \|(?: (.+) \|)?$", re.MULTILINE)
_ROUTE = re.compile(r"`([A-Z]+) (/[^`]+)`")
_WRITTEN = _ROW.findall((ROOT / "docs/request-limits.md").read_text(encoding="utf-8"))
_DECORATOR = re.compile(r'@endpoint\(.*per_client="([a-z]+)"', re.MULTILINE)
_SECONDS = {"MINUTE": 60, "HOUR": 3600}


def test_the_document_has_each_limit_with_its_parameter_and_default() -> None:
    declared = load(ROOT / "template.yaml")["Parameters"]
    of_tokens = {name: quota for name, (_, quota, _) in token_limits.QUOTAS.items()}

    assert of_tokens | {name: quota.default for name, quota in QUOTAS.items()} == {
        name: int(default) for name, _, _, default, _ in _WRITTEN
    }
    assert {parameter: int(default) for _, _, parameter, default, _ in _WRITTEN} == {
        name: value["Default"] for name, value in declared.items() if name.endswith(("PerMinute", "PerHour"))
    }


def test_the_document_says_which_limits_are_open_without_redis() -> None:
    assert {name: redis_away == "served uncounted" for name, _, _, _, redis_away in _WRITTEN if redis_away} == {
        name: quota.is_open for name, quota in QUOTAS.items()
    }


def test_the_document_names_the_endpoints_that_count_clients() -> None:
    written = {route: name for name, routes, _, _, away in _WRITTEN if away for route in _ROUTE.findall(routes)}
    handlers = {file.stem: _DECORATOR.search(file.read_text("utf-8")) for file in ROOT.glob("functions/**/*.py")}

    assert written == {
        (each.method, each.path): found[1] for each in operations() if (found := handlers.get(each.name)) is not None
    }


def test_the_name_of_a_parameter_says_its_window() -> None:
    for variable, _, window_seconds in token_limits.QUOTAS.values():
        assert _SECONDS[variable.rpartition("_")[2]] == window_seconds
    assert all(quota.variable.endswith("_PER_HOUR") for quota in QUOTAS.values())
