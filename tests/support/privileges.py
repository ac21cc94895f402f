"""The calls that each function's role allows, read from the resolved templates."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.deployment import Resource, Templates
from tools.templates.sam import folder_of

ACCOUNT = "us-east-1:123456789012"
# Parameters with which every policy names something that exists.
SERVERS = {
    "DatabaseResourceId": "db-EXAMPLE",
    "DatabaseAdminSecretArn": f"arn:aws:secretsmanager:{ACCOUNT}:secret:admin-EXAMPLE",
    "RedisCacheArn": f"arn:aws:elasticache:{ACCOUNT}:replicationgroup:EXAMPLE",
    "RedisUserArn": f"arn:aws:elasticache:{ACCOUNT}:user:EXAMPLE",
    "StripeSecretArn": f"arn:aws:secretsmanager:{ACCOUNT}:secret:stripe-EXAMPLE",
    "SubnetIds": "subnet-a,subnet-b",
    "SecurityGroupIds": "sg-functions",
}


@functools.cache
def rights_by_function() -> Mapping[str, Mapping[str, list[str]]]:
    """Returns the rights of every function, by the name of its file: `orders/place_order`."""
    stacks = Templates(**SERVERS)
    return {_name(function): rights_of(stacks, function) for function in stacks.of("AWS::Lambda::Function")}


def rights_of(stacks: Templates, function: Resource) -> dict[str, list[str]]:
    """Returns each action that the role allows, with its resources."""
    granted: dict[str, set[str]] = {}
    for statement in statements_of(stacks, role_of(stacks, function)):
        for action in as_list(statement["Action"]):
            granted.setdefault(action, set()).update(_described(statement))
    return {action: sorted(resources) for action, resources in granted.items()}


def _name(function: Resource) -> str:
    folder = folder_of(function["Code"])
    assert folder is not None
    path = folder.as_posix().rpartition("functions/")[2]
    return f"{path}/{str(function['Handler']).partition('.')[0]}"


_SHOWN_CONDITIONS = frozenset({"ses:FromAddress", "kms:EncryptionContext:purpose"})


def _described(statement: dict[str, Any]) -> Iterator[str]:
    conditions = statement.get("Condition", {}).get("StringEquals", {})
    suffix = "".join(f" if {key} is {value}" for key, value in conditions.items() if key in _SHOWN_CONDITIONS)
    for resource in as_list(statement["Resource"]):
        short = re.sub(r"^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:", "", resource)
        yield short + suffix


def statements_of(stacks: Templates, role: Resource) -> Iterator[dict[str, Any]]:
    """Yields the statements of the role's own policies and of our managed ones."""
    for policy in role["Policies"] or []:
        yield from policy["PolicyDocument"]["Statement"]
    for policy in stacks.of("AWS::IAM::ManagedPolicy"):
        if policy.arn in managed_policies_of(role):
            yield from policy["PolicyDocument"]["Statement"]


def role_of(stacks: Templates, function: Resource) -> Resource:
    """Returns the function's role."""
    return next(role for role in stacks.of("AWS::IAM::Role") if role.arn == function["Role"])


def managed_policies_of(role: Resource) -> list[str]:
    """Returns the ARNs of the role's managed policies."""
    return [str(arn) for arn in role["ManagedPolicyArns"] or []]


def as_list(value: Any) -> list[Any]:
    """Returns the value as a list: IAM takes one value for a list of one."""
    return value if isinstance(value, list) else [value]
