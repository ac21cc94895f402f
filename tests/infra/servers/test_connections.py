"""The arithmetic of connections, for every stage, with the numbers that the templates really have."""

import pytest

from tools.documents import connections
from tools.documents.connections import Demand, demand
from tools.templates import stages
from tools.templates.deployment import Function, deployment


@pytest.fixture(scope="module")
def functions() -> list[Function]:
    """Production's, with concurrency reserved."""
    return deployment("prod", ReservesConcurrency="yes").functions


@pytest.fixture(scope="module")
def demands() -> dict[str, Demand]:
    return {stage: demand(stage) for stage in stages.NAMES}


def test_productions_database_takes_all_that_functions_open_even_while_they_are_replaced(
    demands: dict[str, Demand],
) -> None:
    production = demands["prod"]

    assert production.http >= 200
    assert production.while_deploying < production.most


def test_stagings_takes_all_that_functions_open(demands: dict[str, Demand]) -> None:
    assert demands["staging"].http + demands["staging"].background < demands["staging"].most


@pytest.mark.parametrize("stage", stages.NAMES)
def test_no_stage_reserves_anything_until_its_account_has_the_quota(stage: str) -> None:
    assert [function.reserved for function in deployment(stage).functions if function.reserved] == []


@pytest.mark.parametrize("stage", stages.NAMES)
def test_at_its_whole_rate_requests_may_take_several_times_as_long_as_they_do(
    stage: str, demands: dict[str, Demand]
) -> None:
    # With those that ask the payment provider, a request takes some 40 ms on average (documents/costs/traffic.py).
    assert demands[stage].seconds_a_request > 0.25


def test_an_account_with_a_quota_of_1000_lets_us_reserve_what_we_do(demands: dict[str, Demand]) -> None:
    assert 300 < demands["prod"].reserved < connections.RESERVABLE


def test_every_function_behind_http_and_every_consumer_and_schedule_reserves(functions: list[Function]) -> None:
    for function in functions:
        if (
            function.behind_http
            or function.consumers
            or (function.schedule and function.logical_id != "ProbeHealthFunction")
        ):
            assert function.reserved, function.logical_id


def test_a_consumer_may_run_as_often_as_its_queue_invokes_it(functions: list[Function]) -> None:
    # Fewer would throttle, and a throttled batch counts as a failed delivery.
    for function in functions:
        if function.consumers:
            assert function.reserved == function.consumers, function.logical_id


def test_a_schedule_may_overtake_its_own_last_run(functions: list[Function]) -> None:
    for function in functions:
        if function.schedule and function.reserved:
            assert function.reserved == 2, function.logical_id


def test_as_many_may_log_in_at_once_as_the_gateway_lets_through(functions: list[Function]) -> None:
    [reserved] = [function.reserved for function in functions if function.logical_id == "LogInFunction"]

    assert reserved is not None
    assert reserved >= max(stages.parameters(stage)["CredentialBurstLimit"] for stage in stages.NAMES)


def test_the_hot_path_has_more_than_administrators(functions: list[Function]) -> None:
    reserved = {function.logical_id: function.reserved or 0 for function in functions}

    hot = min(
        reserved[f"{name}Function"] for name in ("Authorizer", "GetProduct", "ListProducts", "PlaceOrder", "LogIn")
    )

    assert hot > max(
        reserved[f"{name}Function"] for name in ("CreateProduct", "UpdateProduct", "AdjustStock", "CreateExport")
    )
