"""Calls to CloudFormation: list the changes of a deployment, and protect a stack against deletion.

Region and credentials are those of the AWS command line.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from tools.aws_errors import explain_aws_errors
from tools.release.problems import ReleaseProblem

_POLL_SECONDS, _MAX_POLLS = 5, 240  # CloudFormation needs minutes for nine stacks

# Versions of code or of the API's definition, about 30 per release. A lost database would be overlooked among them.
_REPLACED_EVERY_TIME = {"AWS::Lambda::Version", "AWS::Lambda::LayerVersion", "AWS::ApiGateway::Deployment"}


@dataclass(frozen=True)
class Change:
    """A change of a resource. `replaced` is CloudFormation's `True`, `False` or `Conditional`."""

    stack: str
    logical_id: str
    kind: str
    action: str
    replaced: str

    @property
    def is_destructive(self) -> bool:
        """Whether the change may remove or replace a resource, except those that every release replaces."""
        return self.kind not in _REPLACED_EVERY_TIME and (
            self.action == "Remove" or self.replaced in ("True", "Conditional")
        )


def target(stack: str) -> tuple[str, bool]:
    """Returns the account and region of a deployment, as text, and whether the stack exists.

    Raises:
        LocalProblem: there are no credentials or no region, or AWS refuses.
    """
    config = Config(connect_timeout=5, retries={"total_max_attempts": 2})
    with explain_aws_errors():
        account = boto3.client("sts", config=config).get_caller_identity()["Account"]
        client = boto3.client("cloudformation", config=config)
        return f"account {account}, {client.meta.region_name}", _exists(client, stack)


def _exists(client: Any, stack: str) -> bool:
    try:
        [found] = client.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False
    return bool(found["StackStatus"] != "REVIEW_IN_PROGRESS")  # a stack with only a change set


def changes(stack: str, template: str, parameters: Mapping[str, str]) -> list[Change]:
    """Returns the changes that a deployment would make in the stack and its nested stacks. Deploys nothing.

    `template` is the output of `sam package`. It is uploaded to the bucket that it refers to.

    Raises:
        ReleaseProblem: CloudFormation could not create a change set.
        LocalProblem: CloudFormation or S3 refuses.
    """
    packaged = re.search(r"s3://([^/\s]+)/", template)
    if packaged is None:
        raise ReleaseProblem("the template refers to no bucket: package it first")
    client, name = boto3.client("cloudformation"), f"changes-{uuid.uuid4().hex}"
    with explain_aws_errors():
        boto3.client("s3").put_object(Bucket=packaged[1], Key=f"{stack}/changes.template", Body=template.encode())
        made = client.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            ChangeSetType="UPDATE",
            TemplateURL=f"https://s3.{client.meta.region_name}.amazonaws.com/{packaged[1]}/{stack}/changes.template",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            IncludeNestedStacks=True,
        )
        try:
            _wait(client, made["Id"])
            return list(_changes_of(client, made["Id"], stack))
        finally:
            client.delete_change_set(ChangeSetName=made["Id"])


def protect(stack: str) -> None:
    """Turn on the termination protection of the stack.

    Raises:
        LocalProblem: the stack does not exist, or the caller lacks the permission.
    """
    with explain_aws_errors():
        boto3.client("cloudformation").update_termination_protection(StackName=stack, EnableTerminationProtection=True)


def _wait(client: Any, change_set: str) -> None:
    waiter = client.get_waiter("change_set_create_complete")
    try:
        waiter.wait(ChangeSetName=change_set, WaiterConfig={"Delay": _POLL_SECONDS, "MaxAttempts": _MAX_POLLS})
    except WaiterError as error:
        reason = str(error.last_response.get("StatusReason", error))
        if "didn't contain changes" not in reason and "No updates are to be performed" not in reason:
            raise ReleaseProblem(f"CloudFormation could not create a change set: {reason}") from error


def _changes_of(client: Any, change_set: str, stack: str) -> Iterator[Change]:
    for page in client.get_paginator("describe_change_set").paginate(ChangeSetName=change_set):
        for change in page["Changes"]:
            resource = change["ResourceChange"]
            yield Change(
                stack,
                resource["LogicalResourceId"],
                resource["ResourceType"],
                resource["Action"],
                resource.get("Replacement", "False"),
            )
            if nested := resource.get("ChangeSetId"):
                yield from _changes_of(client, nested, f"{stack}/{resource['LogicalResourceId']}")
