"""Least privilege: what each function's role allows is what infra/privileges.yaml, the table that is reviewed, says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.support.deployment import ROOT, Resource, Templates

_ACCOUNT = "us-east-1:123456789012"
# So that every policy is about something that there is.
_SERVERS = {
    "DatabaseResourceId": "db-EXAMPLE",
    "DatabaseAdminSecretArn": f"arn:aws:secretsmanager:{_ACCOUNT}:secret:admin-EXAMPLE",
    "RedisCacheArn": f"arn:aws:elasticache:{_ACCOUNT}:replicationgroup:EXAMPLE",
    "RedisUserArn": f"arn:aws:elasticache:{_ACCOUNT}:user:EXAMPLE",
    "StripeSecretArn": f"arn:aws:secretsmanager:{_ACCOUNT}:secret:stripe-EXAMPLE",
    "SubnetIds": "subnet-a,subnet-b",
    "SecurityGroupIds": "sg-functions",
}
_OUTSIDE_THE_VPC = {"DeadLettersFunction", "ReplayEventsFunction", "ProbeHealthFunction"}
_NEEDS_OF_LAMBDA = {
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "AWSXrayWriteOnlyAccess",
    "AWSXRayDaemonWriteAccess",
}
# A folder of one bucket, names of one stage's replays, and identities of SES, which the sender bounds.
_BOUNDED = re.compile(
    r"arn:aws:s3:::[^*/]+/[^*]+/\*|arn:aws:events:[^*]+:replay/microshop-[a-z]+-\*|arn:aws:ses:[^*]+identity/\*"
)


@pytest.fixture(scope="module")
def stacks() -> Templates:
    """Every stack, signing in to servers that exist."""
    return Templates(**_SERVERS)


def test_every_function_may_do_what_the_table_says_and_nothing_else(stacks: Templates) -> None:
    table = yaml.safe_load((ROOT / "infra" / "privileges.yaml").read_text(encoding="utf-8"))["functions"]

    granted = {function.logical_id: _granted(stacks, function) for function in stacks.of("AWS::Lambda::Function")}

    assert granted == {
        name: {action: sorted(resources) for action, resources in rights.items()} for name, rights in table.items()
    }


def test_every_function_has_a_role_of_its_own(stacks: Templates) -> None:
    roles = [function["Role"] for function in stacks.of("AWS::Lambda::Function")]

    assert len(set(roles)) == len(roles)


def test_no_policy_of_ours_has_a_wildcard_action_or_an_unbounded_resource(stacks: Templates) -> None:
    statements = [statement for role in stacks.of("AWS::IAM::Role") for statement in _statements(stacks, role)]

    assert statements
    for statement in statements:
        assert statement["Effect"] == "Allow"
        assert not [action for action in _listed(statement["Action"]) if "*" in action]
        for resource in _listed(statement["Resource"]):
            assert "*" not in resource or _BOUNDED.fullmatch(resource), resource


def test_managed_policies_of_aws_are_those_that_lambda_itself_needs(stacks: Templates) -> None:
    for function in stacks.of("AWS::Lambda::Function"):
        managed = {re.sub(r".*:policy/", "", arn) for arn in _managed(_role(stacks, function)) if ":aws:policy/" in arn}

        assert managed <= _NEEDS_OF_LAMBDA
        in_vpc = "service-role/AWSLambdaVPCAccessExecutionRole" in managed
        assert in_vpc is (function.logical_id not in _OUTSIDE_THE_VPC) is (function["VpcConfig"] is not None)


def test_what_lets_nobody_in_names_nothing_that_there_is() -> None:
    # Outside a VPC, without a token's server and without card payments, the same policies must still be valid.
    bare = Templates()

    resources = {
        resource
        for policy in bare.of("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in _listed(statement["Resource"])
    }

    assert resources == {
        f"arn:aws:rds-db:{_ACCOUNT}:dbuser:none/microshop_app",
        f"arn:aws:elasticache:{_ACCOUNT}:user:none",
        f"arn:aws:secretsmanager:{_ACCOUNT}:secret:none",
    }


def test_only_the_gateway_the_bus_and_the_schedules_may_invoke_and_each_says_from_where(stacks: Templates) -> None:
    for permission in stacks.of("AWS::Lambda::Permission"):
        assert permission["Principal"] in {"apigateway.amazonaws.com", "events.amazonaws.com"}
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["SourceArn"]


def test_what_only_an_operator_may_do_is_reached_by_nothing_else(stacks: Templates) -> None:
    reached = {str(permission["FunctionName"]) for permission in stacks.of("AWS::Lambda::Permission")}
    for name in ("Migrate", "GrantAdmin", "SetReadOnly", "CheckInbox", "DeadLetters", "ReplayEvents"):
        assert not [function for function in reached if f"{name}Function" in function]


def _granted(stacks: Templates, function: Resource) -> dict[str, list[str]]:
    granted: dict[str, set[str]] = {}
    for statement in _statements(stacks, _role(stacks, function)):
        for action in _listed(statement["Action"]):
            granted.setdefault(action, set()).update(_said(statement))
    return {action: sorted(resources) for action, resources in granted.items()}


def _said(statement: dict[str, Any]) -> Iterator[str]:
    sender = statement.get("Condition", {}).get("StringEquals", {}).get("ses:FromAddress")
    for resource in _listed(statement["Resource"]):
        short = re.sub(r"^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:", "", resource)
        yield f"{short} if ses:FromAddress is {sender}" if sender else short


def _statements(stacks: Templates, role: Resource) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"] or []:
        yield from policy["PolicyDocument"]["Statement"]
    for policy in stacks.of("AWS::IAM::ManagedPolicy"):
        if policy.arn in _managed(role):
            yield from policy["PolicyDocument"]["Statement"]


def _role(stacks: Templates, function: Resource) -> Resource:
    return next(role for role in stacks.of("AWS::IAM::Role") if role.arn == function["Role"])


def _managed(role: Resource) -> list[str]:
    return [str(arn) for arn in role["ManagedPolicyArns"] or []]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
