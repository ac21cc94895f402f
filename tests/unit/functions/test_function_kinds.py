"""Every function has a kind, and with it a budget for its cold start."""

from tests.benchmarks.cold_start_growth import DECLARED_GROWTH
from tests.benchmarks.function_kinds import BUDGETS, Kind, asks_a_provider, kind_of
from tests.support.api_description import operations
from tests.support.functions import NAMES

_ENDPOINTS = {Kind.CACHED_READ, Kind.READ, Kind.WRITE}


def test_every_kind_has_a_budget() -> None:
    assert BUDGETS.keys() == set(Kind)


def test_functions_of_operations_have_the_kinds_of_endpoints() -> None:
    served = {name.rpartition("/")[2] for name in NAMES if kind_of(name) in _ENDPOINTS or name in asks_a_provider()}

    assert {operation.name for operation in operations()} <= served


def test_every_other_function_works_in_the_background() -> None:
    background = {name.partition("/")[0] for name in NAMES if kind_of(name) is Kind.BACKGROUND}

    assert background == {"consumers", "deployment", "events", "health", "operator", "schedules"}
    assert [name for name in NAMES if kind_of(name) is Kind.AUTHORIZER] == ["gateway/authorizer"]


def test_reasons_for_growth_name_functions() -> None:
    assert set(DECLARED_GROWTH) <= set(NAMES)
