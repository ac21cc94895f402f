"""The role with which CloudFormation deploys: it allows the calls of every resource and no others."""

import pytest

from tests.support.cloudformation_handlers import PLACEHOLDER
from tests.support.github_roles import ENVIRONMENTS, VARIANTS, passing, resources_of, roles_of
from tests.support.iam import Call
from tools.lint.deployed import read
from tools.templates.model import ACCOUNT, REGION

_EVERY_STACK = pytest.mark.parametrize(
    ("environment", "variant"), [(environment, variant) for environment in ENVIRONMENTS for variant in VARIANTS]
)


@_EVERY_STACK
def test_the_execution_role_allows_the_calls_of_every_resource(environment: str, variant: str) -> None:
    role = roles_of(environment).execution

    calls = {call: each for each in resources_of(environment, variant) for call in each.calls()}
    denied = {(each.type, call.action, call.resource) for call, each in calls.items() if not role.allow(call)}

    assert len(calls) > 1000
    assert not denied


def test_the_variants_create_every_resource_of_every_template() -> None:
    made = {(each.stack.file, each.logical_id) for variant in VARIANTS for each in resources_of("prod", variant)}

    # The deployment of the API is named after the clock, and a handle needs no call.
    for file in {file for file, _ in made}:
        written = {
            (file, logical_id)
            for logical_id, resource in read(file).by_id.items()
            if resource.type not in {"AWS::CloudFormation::WaitConditionHandle", "AWS::ApiGateway::Deployment"}
        }
        assert written <= made, file.name


def test_cloudformation_assumes_the_execution_role_unconditionally() -> None:
    assert roles_of("prod").trust("ExecutionRole") == {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def test_the_execution_role_reads_only_builds_of_the_account() -> None:
    # CloudFormation also uses the role for deployments of an administrator and for rollbacks to them.
    role = roles_of("prod").execution
    by_hand = "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-1ab2cd/0123456789abcdef"
    ours, others = (("aws:ResourceAccount", ACCOUNT),), (("aws:ResourceAccount", "999999999999"),)

    assert role.allow(Call("s3:GetObject", roles_of("prod").build))
    assert [role.allow(Call("s3:GetObject", by_hand, owner)) for owner in (ours, others)] == [True, False]
    assert not role.allow(Call("s3:PutObject", by_hand, ours))
    assert not role.allow(Call("s3:GetObject", "arn:aws:s3:::somebody/0123456789abcdef", ours))


def test_the_execution_role_is_passed_only_to_nested_stacks() -> None:
    roles = roles_of("prod")

    assert not roles.execution.allow(passing(roles.execution_role, "lambda.amazonaws.com"))
    assert not roles.execution.allow(passing(f"arn:aws:iam::{ACCOUNT}:role/admin", "cloudformation.amazonaws.com"))
    assert not roles.execution.allow(
        passing(f"arn:aws:iam::{ACCOUNT}:role/microshop-prod-{PLACEHOLDER}", "ec2.amazonaws.com")
    )


def test_the_execution_role_attaches_only_policies_of_the_templates() -> None:
    given = {
        policy
        for variant in VARIANTS
        for each in resources_of("prod", variant)
        if each.type == "AWS::IAM::Role"
        for policy in each.stack.property(each.logical_id, "ManagedPolicyArns", [])
        if policy.startswith("arn:aws:iam::aws:")
    }
    [attaching] = [each for each in roles_of("prod").execution_statements if "iam:AttachRolePolicy" in each["Action"]]

    bounded = attaching["Condition"]["ArnLike"]["iam:PolicyARN"]

    assert set(bounded) == given | {f"arn:aws:iam::{ACCOUNT}:policy/microshop-prod-*"}


def test_the_execution_role_writes_only_roles_and_policies_of_the_stack() -> None:
    actions = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicy"]
    roles = roles_of("prod")
    context = (("iam:PolicyARN", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),)
    others = (
        "role/admin",
        "role/microshop-staging-x",
        "policy/microshop-staging-x",
        roles.execution_role.split(":")[-1],
    )

    calls = [Call(action, f"arn:aws:iam::{ACCOUNT}:{name}", context) for action in actions for name in others]
    assert [call for call in calls if roles.execution.allow(call)] == []


def test_the_execution_role_starts_no_machine_and_stays_in_its_region() -> None:
    role = roles_of("prod").execution
    here, elsewhere = (("aws:RequestedRegion", REGION),), (("aws:RequestedRegion", "ap-east-1"),)

    assert not role.allow(Call("ec2:RunInstances", "*", here))
    assert [role.allow(Call("ec2:CreateVpc", "*", region)) for region in (here, elsewhere)] == [True, False]
    assert [role.allow(Call("rds:DescribeEvents", "*", region)) for region in (here, elsewhere)] == [True, False]
