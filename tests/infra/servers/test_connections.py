"""Connections to the database: the templates of every stage reserve no more than it accepts."""

import pytest

from tools.documents import connections
from tools.documents.connections import Demand, demand
from tools.templates import stages
from tools.templates.deployment import Function, deployment


@pytest.fixture(scope="module")
def functions() -> list[Function]:
    """The functions of production, with reserved concurrency."""
    return deployment("prod", ReservesConcurrency="yes").functions


@pytest.fixture(scope="module")
def demands() -> dict[str, Demand]:
    return {stage: demand(stage) for stage in stages.NAMES}


def test_the_database_of_production_has_room_for_a_deployment(
    demands: dict[str, Demand],
) -> None:
    production = demands["prod"]

    assert production.http >= 200
    assert production.while_deploying < production.limit


def test_a_proxy_lets_every_stage_reserve_concurrency() -> None:
    rows = [connections._fits(demand(stage, DatabaseProxy="on")) for stage in stages.NAMES]

    assert rows == ["yes"] * len(stages.NAMES)


def test_the_database_of_staging_has_room_for_all_functions(demands: dict[str, Demand]) -> None:
    assert demands["staging"].http + demands["staging"].background < demands["staging"].limit


def test_no_stage_reserves_concurrency_by_default() -> None:
    # A new account lacks the quota.
    reserved = {
        (stage, function.logical_id)
        for stage in stages.NAMES
        for function in deployment(stage).functions
        if function.reserved
    }

    assert reserved == set()


def test_requests_at_the_full_rate_may_take_a_quarter_of_a_second(demands: dict[str, Demand]) -> None:
    # A request takes some 40 ms on average, those that call the payment provider included (documents/costs/traffic.py).
    assert {stage for stage, each in demands.items() if each.seconds_per_request <= 0.25} == set()


def test_the_reserved_concurrency_fits_a_quota_of_1000(demands: dict[str, Demand]) -> None:
    assert 300 < demands["prod"].reserved < connections.RESERVABLE


def test_endpoints_consumers_and_schedules_reserve_concurrency(functions: list[Function]) -> None:
    without = {
        function.logical_id
        for function in functions
        if (function.behind_http or function.consumers or function.schedule) and not function.reserved
    }

    assert without == {"ProbeHealthFunction"}


def test_a_consumer_reserves_what_its_queue_may_invoke(functions: list[Function]) -> None:
    # Fewer would throttle, and a throttled batch counts as a failed delivery.
    consumers = {
        function.logical_id: (function.reserved, function.consumers) for function in functions if function.consumers
    }

    assert consumers
    assert {name for name, (reserved, invoked) in consumers.items() if reserved != invoked} == set()


def test_a_schedule_may_overlap_with_its_last_run(functions: list[Function]) -> None:
    reserved = {each.logical_id: each.reserved for each in functions if each.schedule and each.reserved}

    assert reserved == dict.fromkeys(reserved, 2) != {}


def test_logging_in_reserves_the_burst_that_the_gateway_allows(functions: list[Function]) -> None:
    [reserved] = [function.reserved for function in functions if function.logical_id == "LogInFunction"]

    assert reserved is not None
    assert reserved >= max(stages.parameters(stage)["CredentialBurstLimit"] for stage in stages.NAMES)


def test_links_of_mails_reserve_the_burst_that_the_gateway_allows(functions: list[Function]) -> None:
    names = ("PasswordReset", "EmailVerification", "EmailChange")
    using = ("ResetPassword", "VerifyEmail", "ChangeEmail", *(f"Request{name}" for name in names))
    reserved = {each.logical_id: each.reserved for each in functions}

    [burst] = {int(deployment(stage).parameters["LinkBurstLimit"]) for stage in stages.NAMES}
    assert [reserved[f"{name}Function"] for name in using] == [burst] * len(using)


def test_the_hot_path_reserves_more_than_the_admin_functions(functions: list[Function]) -> None:
    reserved = {function.logical_id: function.reserved or 0 for function in functions}

    hot = min(
        reserved[f"{name}Function"] for name in ("Authorizer", "GetProduct", "ListProducts", "PlaceOrder", "LogIn")
    )

    assert hot > max(
        reserved[f"{name}Function"] for name in ("CreateProduct", "UpdateProduct", "AdjustStock", "CreateExport")
    )
