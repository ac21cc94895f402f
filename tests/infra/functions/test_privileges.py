"""Least privilege: what each function's role allows is what infra/privileges.yaml, the table that is reviewed, says."""

import itertools

import pytest
import yaml

from tests.support.deployment import ROOT, Templates
from tests.support.privileges import ACCOUNT, SERVERS, as_list, managed_policies_of, rights_of, role_of, statements_of
from tests.support.provider_handlers import arn_forms, is_about
from tests.support.templates import http_routes, inventory

_OUTSIDE_THE_VPC = {"DeadLettersFunction", "ReplayEventsFunction", "ProbeHealthFunction"}


@pytest.fixture(scope="module")
def stacks() -> Templates:
    """Every stack, signing in to servers that exist."""
    return Templates(**SERVERS)


def test_every_function_may_do_what_the_table_says_and_nothing_else(stacks: Templates) -> None:
    document = yaml.safe_load((ROOT / "infra" / "privileges.yaml").read_text(encoding="utf-8"))
    table, endpoints = document["functions"], _endpoints()

    rights = {function.logical_id: rights_of(stacks, function) for function in stacks.of("AWS::Lambda::Function")}

    assert table.keys() <= rights.keys()
    unlisted = {name: document["endpoints"] if name in endpoints else {} for name in rights}
    assert rights == {
        name: {action: sorted(resources) for action, resources in allowed.items()}
        for name, allowed in (unlisted | table).items()
    }


def test_every_right_names_resources_of_a_kind_that_its_action_knows(stacks: Templates) -> None:
    # On any other resource it allows nothing, which a function notices only when it calls.
    for function in stacks.of("AWS::Lambda::Function"):
        for statement in statements_of(stacks, role_of(stacks, function)):
            for action, resource in itertools.product(as_list(statement["Action"]), as_list(statement["Resource"])):
                known = is_about(action, resource) if arn_forms(action) else resource == "*"
                assert known, (function.logical_id, action, resource)


def test_whoever_mails_may_do_so_with_any_identity_and_its_default_configuration_set(stacks: Templates) -> None:
    resources = [
        statement["Resource"]
        for function in stacks.of("AWS::Lambda::Function")
        for statement in statements_of(stacks, role_of(stacks, function))
        if "ses:SendEmail" in as_list(statement["Action"])
    ]

    assert len(resources) == 3
    for each in resources:
        assert each == [f"arn:aws:ses:{ACCOUNT}:identity/*", f"arn:aws:ses:{ACCOUNT}:configuration-set/*"]


def test_every_function_has_a_role_of_its_own(stacks: Templates) -> None:
    roles = [function["Role"] for function in stacks.of("AWS::Lambda::Function")]

    assert len(set(roles)) == len(roles)


def test_a_function_may_use_the_vpc_exactly_if_it_is_in_it(stacks: Templates) -> None:
    for function in stacks.of("AWS::Lambda::Function"):
        managed = managed_policies_of(role_of(stacks, function))

        in_vpc = any(arn.endswith("/AWSLambdaVPCAccessExecutionRole") for arn in managed)
        assert in_vpc is (function.logical_id not in _OUTSIDE_THE_VPC) is (function["VpcConfig"] is not None)


def test_what_lets_nobody_in_names_nothing_that_there_is() -> None:
    # Outside a VPC, without a token's server and without card payments, the same policies must still be valid.
    bare = Templates()

    resources = {
        resource
        for policy in bare.of("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in as_list(statement["Resource"])
    }

    assert resources == {
        f"arn:aws:rds-db:{ACCOUNT}:dbuser:none/microshop_app",
        f"arn:aws:elasticache:{ACCOUNT}:user:none",
        f"arn:aws:secretsmanager:{ACCOUNT}:secret:none",
    }


def test_only_the_gateway_the_bus_and_the_schedules_may_invoke_and_each_says_from_where(stacks: Templates) -> None:
    for permission in stacks.of("AWS::Lambda::Permission"):
        assert permission["Principal"] in {"apigateway.amazonaws.com", "events.amazonaws.com"}
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["SourceArn"]


def test_what_only_an_operator_may_do_is_reached_by_nothing_else(stacks: Templates) -> None:
    reached = {str(permission["FunctionName"]) for permission in stacks.of("AWS::Lambda::Permission")}
    for name in ("Migrate", "GrantAdmin", "EndSessions", "SetReadOnly", "CheckInbox", "DeadLetters", "ReplayEvents"):
        assert not [function for function in reached if f"{name}Function" in function]


def _endpoints() -> set[str]:
    """Returns the logical ids of the functions that answer HTTP requests."""
    functions = inventory().functions
    return {functions[str(route.function)].logical_id for route in http_routes()}
