"""Least privilege: each role allows what infra/privileges.yaml lists, the table that people review."""

import itertools

import pytest
import yaml

from tests.support.cloudformation_handlers import arn_forms, is_about
from tests.support.deployment import ROOT, Templates
from tests.support.privileges import ACCOUNT, SERVERS, as_list, managed_policies_of, rights_of, role_of, statements_of
from tests.support.templates import http_routes, inventory

_OUTSIDE_THE_VPC = {"DeadLettersFunction", "ReplayEventsFunction", "ProbeHealthFunction"}


@pytest.fixture(scope="module")
def stacks() -> Templates:
    """Every stack, with servers that exist."""
    return Templates(**SERVERS)


def test_every_function_has_exactly_the_privileges_of_the_table(stacks: Templates) -> None:
    document = yaml.safe_load((ROOT / "infra" / "privileges.yaml").read_text(encoding="utf-8"))
    table, endpoints = document["functions"], _endpoints()

    rights = {function.logical_id: rights_of(stacks, function) for function in stacks.of("AWS::Lambda::Function")}

    assert table.keys() <= rights.keys()
    unlisted = {name: document["endpoints"] if name in endpoints else {} for name in rights}
    assert rights == {
        name: {action: sorted(resources) for action, resources in allowed.items()}
        for name, allowed in (unlisted | table).items()
    }


def test_every_action_names_resources_of_a_type_that_it_supports(stacks: Templates) -> None:
    # On any other resource a statement allows nothing, and the function fails when it calls.
    useless = {
        (function.logical_id, action, resource)
        for function in stacks.of("AWS::Lambda::Function")
        for statement in statements_of(stacks, role_of(stacks, function))
        for action, resource in itertools.product(as_list(statement["Action"]), as_list(statement["Resource"]))
        if not (is_about(action, resource) if arn_forms(action) else resource == "*")
    }

    assert useless == set()


def test_functions_that_send_mails_may_use_every_identity(stacks: Templates) -> None:
    resources = [
        statement["Resource"]
        for function in stacks.of("AWS::Lambda::Function")
        for statement in statements_of(stacks, role_of(stacks, function))
        if "ses:SendEmail" in as_list(statement["Action"])
    ]

    assert len(resources) == 3
    for each in resources:
        assert each == [f"arn:aws:ses:{ACCOUNT}:identity/*", f"arn:aws:ses:{ACCOUNT}:configuration-set/*"]


def test_every_function_has_its_own_role(stacks: Templates) -> None:
    roles = [function["Role"] for function in stacks.of("AWS::Lambda::Function")]

    assert len(set(roles)) == len(roles)


def test_exactly_the_functions_in_the_vpc_may_use_it(stacks: Templates) -> None:
    functions = stacks.of("AWS::Lambda::Function")
    may_use = {
        function.logical_id
        for function in functions
        for arn in managed_policies_of(role_of(stacks, function))
        if arn.endswith("/AWSLambdaVPCAccessExecutionRole")
    }

    assert may_use == {function.logical_id for function in functions if function["VpcConfig"] is not None}
    assert may_use == {function.logical_id for function in functions} - _OUTSIDE_THE_VPC


def test_policies_without_servers_name_no_existing_resource() -> None:
    # Without servers that take tokens and without card payments, the same policies must still be valid.
    bare = Templates()

    resources = {
        resource
        for policy in bare.of("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in as_list(statement["Resource"])
    }

    assert resources == {
        f"arn:aws:kms:{ACCOUNT}:key/microshop-BackOffice-SecondFactorKey",  # the back office's own
        *(queue.arn for queue in bare.of("AWS::SQS::Queue")),
        f"arn:aws:rds-db:{ACCOUNT}:dbuser:none/microshop_app",
        f"arn:aws:elasticache:{ACCOUNT}:user:none",
        f"arn:aws:secretsmanager:{ACCOUNT}:secret:none",
    }


def test_only_named_apis_and_rules_may_invoke_functions(stacks: Templates) -> None:
    permissions = stacks.of("AWS::Lambda::Permission")

    assert {permission["Principal"] for permission in permissions} == {
        "apigateway.amazonaws.com",
        "events.amazonaws.com",
    }
    assert {permission["Action"] for permission in permissions} == {"lambda:InvokeFunction"}
    assert [permission.logical_id for permission in permissions if not permission["SourceArn"]] == []


def test_only_an_operator_invokes_the_functions_of_operators(stacks: Templates) -> None:
    invoked = {str(permission["FunctionName"]) for permission in stacks.of("AWS::Lambda::Permission")}
    names = ("Migrate", "GrantAdmin", "EndSessions", "SetReadOnly", "CheckInbox", "DeadLetters", "ReplayEvents")

    assert invoked
    assert [
        name
        for name in names
        if any(f"-{name}Function" in function or function.startswith(f"{name}Function") for function in invoked)
    ] == []


def _endpoints() -> set[str]:
    """Returns the logical ids of the functions that answer HTTP requests."""
    functions = inventory().functions
    return {functions[str(route.function)].logical_id for route in http_routes()}
