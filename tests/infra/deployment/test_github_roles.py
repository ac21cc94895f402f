"""The roles of infra/github-oidc.yaml: they allow the calls of a deployment and no others."""

import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import samcli

from tests.support.deployment import ROOT
from tests.support.iam import Call, Policies
from tests.support.provider_calls import Provided, provided
from tests.support.provider_handlers import MADE_UP
from tests.support.table_rows import wrong_answers
from tools.lint.deployed import read
from tools.templates import stages
from tools.templates.model import ACCOUNT, REGION
from tools.templates.sam import load
from tools.templates.stack import Stack

_FILE = ROOT / "infra" / "github-oidc.yaml"
_ENVIRONMENTS = ("staging", "prod")
_FILLED_IN = {
    "MailSender": "shop@example.com",
    "OperatorEmail": "operator@example.com",
    "StripeSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:stripe",
    "DomainName": "api.example.com",
    "CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1",
    "HostedZoneId": "Z1",
    "MonthlyBudgetUsd": "3000",
}
# Together they create every resource of every template.
_VARIANTS: dict[str, dict[str, str]] = {
    "all that an operator fills in": _FILLED_IN,
    "Aurora, endpoints": _FILLED_IN | {"DatabaseEngine": "aurora", "DatabaseMultiAz": "true", "Egress": "endpoints"},
    "an existing VPC": _FILLED_IN
    | {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-functions", "VpcId": "vpc-1"},
}
_EVERY_STACK = pytest.mark.parametrize(
    ("environment", "variant"), [(environment, variant) for environment in _ENVIRONMENTS for variant in _VARIANTS]
)

# The calls of `sam deploy` in SAM CLI 1.170.0, deployer.py and s3_uploader.py, and the actions that IAM demands.
_STACK_CALLS = {
    "describe_stacks": "cloudformation:DescribeStacks",
    "get_template_summary": "cloudformation:GetTemplateSummary",
    "create_change_set": "cloudformation:CreateChangeSet",
    "describe_change_set": "cloudformation:DescribeChangeSet",
    "change_set_create_complete": "cloudformation:DescribeChangeSet",
    "execute_change_set": "cloudformation:ExecuteChangeSet",
    "describe_stack_events": "cloudformation:DescribeStackEvents",
    "stack_create_complete": "cloudformation:DescribeStacks",
    "stack_update_complete": "cloudformation:DescribeStacks",
}
_OBJECT_CALLS = {
    "head_object": ("s3:GetObject",),
    "upload": ("s3:PutObject", "s3:AbortMultipartUpload"),
}
# Of other commands (`sam sync`, `sam delete`) and options (--on-failure, --signing-profiles).
_OTHER_CALLS = {
    *("create_stack", "update_stack", "rollback_stack", "delete_stack", "stack_delete_complete"),
    *("delete_object", "list_objects_v2", "get_object_tagging"),
}


class Roles:
    """The roles of one environment as an administrator deploys them."""

    def __init__(self, environment: str, repository: str = "somebody/shop") -> None:
        self.stack = Stack(
            _FILE,
            name=f"microshop-github-{environment}",
            parameters={"Repository": repository, "Environment": environment, "ProviderArn": "arn:aws:iam::1:x"},
            aws_endpoint_url="http://aws.invalid",
        )
        self.build = f"{self.stack.arn('Artifacts')}/0123456789abcdef"
        [deploying] = self.stack.property("DeployRole", "Policies")
        self.deploy = Policies(deploying["PolicyDocument"]["Statement"])
        self.execution_role = self.stack.arn("ExecutionRole")
        self.execution_statements = [
            statement
            for logical_id, _ in self.stack.resources("AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
            for statement in self.stack.property(logical_id, "PolicyDocument")["Statement"]
        ]
        self.execution = Policies(self.execution_statements)

    def trust(self, role: str) -> dict[str, Any]:
        [statement] = self.stack.property(role, "AssumeRolePolicyDocument")["Statement"]
        return dict(statement)


@functools.cache
def _roles(environment: str) -> Roles:
    return Roles(environment)


@functools.cache
def _resources(environment: str, variant: str) -> list[Provided]:
    root = Stack(
        ROOT / "template.yaml",
        name=f"microshop-{environment}",
        parameters=stages.parameters(environment) | _VARIANTS[variant],
        aws_endpoint_url="http://aws.invalid",
    )
    return provided(root, execution_role=_roles(environment).execution_role, build=_roles(environment).build)


@_EVERY_STACK
def test_the_execution_role_allows_the_calls_of_every_resource(environment: str, variant: str) -> None:
    role = _roles(environment).execution

    calls = {call: each for each in _resources(environment, variant) for call in each.calls()}
    denied = {(each.type, call.action, call.resource) for call, each in calls.items() if not role.allow(call)}

    assert len(calls) > 1000
    assert not denied


def test_the_variants_create_every_resource_of_every_template() -> None:
    made = {(each.stack.file, each.logical_id) for variant in _VARIANTS for each in _resources("prod", variant)}

    # The deployment of the API is named after the clock, and a handle needs no call.
    for file in {file for file, _ in made}:
        written = {
            (file, logical_id)
            for logical_id, resource in read(file).by_id.items()
            if resource.type not in {"AWS::CloudFormation::WaitConditionHandle", "AWS::ApiGateway::Deployment"}
        }
        assert written <= made, file.name


@pytest.mark.parametrize("environment", _ENVIRONMENTS)
def test_the_deploy_role_allows_every_call_of_sam_deploy(environment: str) -> None:
    roles = _roles(environment)
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/microshop-{environment}/{MADE_UP}"
    calls = {Call(action, stack) for action in (*_STACK_CALLS.values(), "cloudformation:UpdateTerminationProtection")}
    calls |= {Call(action, roles.build) for actions in _OBJECT_CALLS.values() for action in actions}
    calls |= {
        Call("s3:ListBucket", roles.stack.arn("Artifacts")),  # turns "forbidden" into "not found"
        Call("cloudformation:CreateChangeSet", f"arn:aws:cloudformation:{REGION}:aws:transform/Serverless-2016-10-31"),
        _passing(roles.execution_role, "cloudformation.amazonaws.com"),
    }

    assert {call for call in calls if not roles.deploy.allow(call)} == set()


def test_sam_makes_no_call_that_is_not_listed() -> None:
    library = Path(samcli.__file__).parent / "lib"
    sources = [(library / file).read_text() for file in ("deploy/deployer.py", "package/s3_uploader.py")]
    direct = r"self\.(?:_client|s3|transfer_manager)\.(?!get_paginator|get_waiter)(\w+)\("
    named = r"get_(?:paginator|waiter)\(\"(\w+)\"\)"

    made = {call for source in sources for pattern in (direct, named) for call in re.findall(pattern, source)}

    assert made == _STACK_CALLS.keys() | _OBJECT_CALLS.keys() | _OTHER_CALLS


def test_the_deploy_role_allows_no_more_than_a_deployment() -> None:
    roles = _roles("prod")
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/microshop-prod/{MADE_UP}"

    calls = [
        Call("cloudformation:DeleteStack", stack),
        Call("cloudformation:UpdateStack", stack),
        Call("cloudformation:ExecuteChangeSet", stack.replace("prod", "staging")),
        _passing(roles.execution_role, "lambda.amazonaws.com"),
        _passing(f"arn:aws:iam::{ACCOUNT}:role/admin", "cloudformation.amazonaws.com"),
        Call("s3:DeleteObject", roles.build),
        Call("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:microshop-prod-{MADE_UP}"),
    ]

    assert [call for call in calls if roles.deploy.allow(call)] == []


@pytest.mark.parametrize("repository", ["somebody/shop", "somebody@583231/shop@1296269"], ids=["names", "with ids"])
def test_only_jobs_of_the_environment_assume_its_role(repository: str) -> None:
    trust = Roles("prod", repository).trust("DeployRole")

    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:{repository}:environment:prod",
        }
    }


def test_a_repository_is_named_as_in_the_subject_of_its_tokens() -> None:
    pattern = load(_FILE)["Parameters"]["Repository"]["AllowedPattern"]
    rows = [
        ("somebody/shop", True),
        ("some-body/my.shop_2", True),
        ("somebody@583231/shop@1296269", True),
        ("somebody@583231/shop", False),  # a subject has both ids or none
        ("somebody/shop@1296269", False),
        ("somebody@*/shop@*", False),
        ("somebody/*", False),
        ("somebody/shop:ref", False),
        ("shop", False),
    ]

    assert wrong_answers(lambda name: re.fullmatch(pattern, name) is not None, rows) == []


def test_cloudformation_assumes_the_execution_role_unconditionally() -> None:
    assert _roles("prod").trust("ExecutionRole") == {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def test_the_execution_role_reads_only_builds_of_the_account() -> None:
    # CloudFormation also uses the role for deployments of an administrator and for rollbacks to them.
    role = _roles("prod").execution
    by_hand = "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-1ab2cd/0123456789abcdef"
    ours, others = (("aws:ResourceAccount", ACCOUNT),), (("aws:ResourceAccount", "999999999999"),)

    assert role.allow(Call("s3:GetObject", _roles("prod").build))
    assert [role.allow(Call("s3:GetObject", by_hand, owner)) for owner in (ours, others)] == [True, False]
    assert not role.allow(Call("s3:PutObject", by_hand, ours))
    assert not role.allow(Call("s3:GetObject", "arn:aws:s3:::somebody/0123456789abcdef", ours))


def test_the_execution_role_is_passed_to_nested_stacks_alone() -> None:
    roles = _roles("prod")

    assert not roles.execution.allow(_passing(roles.execution_role, "lambda.amazonaws.com"))
    assert not roles.execution.allow(_passing(f"arn:aws:iam::{ACCOUNT}:role/admin", "cloudformation.amazonaws.com"))
    assert not roles.execution.allow(
        _passing(f"arn:aws:iam::{ACCOUNT}:role/microshop-prod-{MADE_UP}", "ec2.amazonaws.com")
    )


def test_the_execution_role_attaches_only_policies_of_the_templates() -> None:
    given = {
        policy
        for variant in _VARIANTS
        for each in _resources("prod", variant)
        if each.type == "AWS::IAM::Role"
        for policy in each.stack.property(each.logical_id, "ManagedPolicyArns", [])
        if policy.startswith("arn:aws:iam::aws:")
    }
    [attaching] = [each for each in _roles("prod").execution_statements if "iam:AttachRolePolicy" in each["Action"]]

    bounded = attaching["Condition"]["ArnLike"]["iam:PolicyARN"]

    assert set(bounded) == given | {f"arn:aws:iam::{ACCOUNT}:policy/microshop-prod-*"}


def test_the_execution_role_writes_only_roles_and_policies_of_the_stack() -> None:
    actions = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicy"]
    roles = _roles("prod")
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
    role = _roles("prod").execution
    here, elsewhere = (("aws:RequestedRegion", REGION),), (("aws:RequestedRegion", "ap-east-1"),)

    assert not role.allow(Call("ec2:RunInstances", "*", here))
    assert [role.allow(Call("ec2:CreateVpc", "*", region)) for region in (here, elsewhere)] == [True, False]
    assert [role.allow(Call("rds:DescribeEvents", "*", region)) for region in (here, elsewhere)] == [True, False]


@pytest.mark.parametrize("policy", ["NamedResources", "UnnamedResources"])
def test_no_policy_exceeds_the_size_limit_of_iam(policy: str) -> None:
    document = json.dumps(_roles("staging").stack.property(policy, "PolicyDocument"), separators=(",", ":"))

    longest = document.replace(REGION, "ap-southeast-1")
    assert len(longest) <= 6144


def _passing(role: str, service: str) -> Call:
    return Call("iam:PassRole", role, (("iam:PassedToService", service),))
