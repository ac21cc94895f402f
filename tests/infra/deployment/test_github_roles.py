"""The roles of infra/github-oidc.yaml: which workflows assume them, and which calls they allow."""

import json
import re
from pathlib import Path

import pytest
import samcli

from tests.support.cloudformation_handlers import PLACEHOLDER
from tests.support.github_roles import ENVIRONMENTS, ROLES_FILE, Roles, passing, roles_of
from tests.support.iam import Call
from tests.support.table_rows import wrong_answers
from tools.templates.model import ACCOUNT, REGION
from tools.templates.sam import load

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


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_deploy_role_allows_every_call_of_sam_deploy(environment: str) -> None:
    roles = roles_of(environment)
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/microshop-{environment}/{PLACEHOLDER}"
    calls = {Call(action, stack) for action in (*_STACK_CALLS.values(), "cloudformation:UpdateTerminationProtection")}
    calls |= {Call(action, roles.build) for actions in _OBJECT_CALLS.values() for action in actions}
    calls |= {
        Call("s3:ListBucket", roles.stack.arn("Artifacts")),  # turns "forbidden" into "not found"
        Call("cloudformation:CreateChangeSet", f"arn:aws:cloudformation:{REGION}:aws:transform/Serverless-2016-10-31"),
        passing(roles.execution_role, "cloudformation.amazonaws.com"),
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
    roles = roles_of("prod")
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/microshop-prod/{PLACEHOLDER}"

    calls = [
        Call("cloudformation:DeleteStack", stack),
        Call("cloudformation:UpdateStack", stack),
        Call("cloudformation:ExecuteChangeSet", stack.replace("prod", "staging")),
        passing(roles.execution_role, "lambda.amazonaws.com"),
        passing(f"arn:aws:iam::{ACCOUNT}:role/admin", "cloudformation.amazonaws.com"),
        Call("s3:DeleteObject", roles.build),
        Call("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:microshop-prod-{PLACEHOLDER}"),
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
    pattern = load(ROLES_FILE)["Parameters"]["Repository"]["AllowedPattern"]
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


@pytest.mark.parametrize("policy", ["NamedResources", "UnnamedResources", "OneHost"])
def test_no_policy_exceeds_the_size_limit_of_iam(policy: str) -> None:
    document = json.dumps(roles_of("staging").stack.property(policy, "PolicyDocument"), separators=(",", ":"))

    longest = document.replace(REGION, "ap-southeast-1")
    assert len(longest) <= 6144
