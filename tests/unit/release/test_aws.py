"""A release's calls to CloudFormation, with botocore's stubber instead of AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tools.problems import LocalProblem
from tools.release.aws import Change, changes, protect
from tools.release.problems import ReleaseProblem

_KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}
_STACK, _ROOT, _DATA = "microshop-prod", "arn:changes:root", "arn:changes:data"
_TEMPLATE = "Resources: {SharedLayer: {Properties: {ContentUri: s3://builds/microshop-prod/0123}}}"


class _Aws:
    """CloudFormation and S3 with stubbed responses."""

    def __init__(self) -> None:
        self.clients = {name: boto3.client(name, **_KEYS) for name in ("cloudformation", "s3")}  # type: ignore[call-overload]
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}

    def makes_a_change_set(self, status: str = "CREATE_COMPLETE", reason: str = "") -> None:
        at = "https://s3.eu-central-1.amazonaws.com/builds/microshop-prod/changes.template"
        asked = {
            "StackName": _STACK,
            "ChangeSetName": ANY,
            "ChangeSetType": "UPDATE",
            "TemplateURL": at,
            "Parameters": [{"ParameterKey": "Stage", "ParameterValue": "prod"}],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            "IncludeNestedStacks": True,
        }
        uploaded = {"Bucket": "builds", "Key": "microshop-prod/changes.template", "Body": _TEMPLATE.encode()}
        self.stubs["s3"].add_response("put_object", {}, uploaded)
        self.stubs["cloudformation"].add_response("create_change_set", {"Id": _ROOT}, asked)
        waited = {"Status": status, "StatusReason": reason, "Changes": []}
        self.stubs["cloudformation"].add_response("describe_change_set", waited, {"ChangeSetName": _ROOT})

    def has_changes(self, change_set: str, *listed: dict[str, Any]) -> None:
        page = {"Changes": [{"Type": "Resource", "ResourceChange": change} for change in listed]}
        self.stubs["cloudformation"].add_response("describe_change_set", page, {"ChangeSetName": change_set})

    def deletes_it(self) -> None:
        self.stubs["cloudformation"].add_response("delete_change_set", {}, {"ChangeSetName": _ROOT})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Aws]:
    played = _Aws()
    monkeypatch.setattr(boto3, "client", lambda service, **_: played.clients[service])
    for stub in played.stubs.values():
        stub.activate()
    yield played
    for stub in played.stubs.values():
        stub.assert_no_pending_responses()


def _change(logical_id: str, kind: str, **more: str) -> dict[str, Any]:
    return {"LogicalResourceId": logical_id, "ResourceType": kind, "Action": "Modify", **more}


def test_changes_of_nested_stacks_are_listed_and_the_change_set_deleted(aws: _Aws) -> None:
    aws.makes_a_change_set()
    nested = _change("Data", "AWS::CloudFormation::Stack", Replacement="False", ChangeSetId=_DATA)
    removed = _change("Waf", "AWS::WAFv2::WebACL", Action="Remove")
    aws.has_changes(_ROOT, nested, removed)
    aws.has_changes(_DATA, _change("MySql", "AWS::RDS::DBInstance", Replacement="True"))
    aws.deletes_it()

    found = changes(_STACK, _TEMPLATE, {"Stage": "prod"})

    assert found == [
        Change(_STACK, "Data", "AWS::CloudFormation::Stack", "Modify", "False"),
        Change(f"{_STACK}/Data", "MySql", "AWS::RDS::DBInstance", "Modify", "True"),
        Change(_STACK, "Waf", "AWS::WAFv2::WebACL", "Remove", "False"),
    ]
    assert [change.logical_id for change in found if change.is_destructive] == ["MySql", "Waf"]


def test_conditional_replacement_is_destructive() -> None:
    assert Change(_STACK, "MySql", "AWS::RDS::DBInstance", "Modify", "Conditional").is_destructive


@pytest.mark.parametrize("kind", ["AWS::Lambda::Version", "AWS::Lambda::LayerVersion", "AWS::ApiGateway::Deployment"])
def test_replacing_versions_of_code_is_not_destructive(kind: str) -> None:
    changed = [Change(_STACK, "Old", kind, "Remove", "False"), Change(_STACK, "Changed", kind, "Modify", "True")]

    assert [change.is_destructive for change in changed] == [False, False]


def test_deployment_without_changes_is_listed_as_empty(aws: _Aws) -> None:
    aws.makes_a_change_set("FAILED", "The submitted information didn't contain changes.")
    aws.has_changes(_ROOT)
    aws.deletes_it()

    assert changes(_STACK, _TEMPLATE, {"Stage": "prod"}) == []


def test_failed_change_set_is_explained_and_deleted(aws: _Aws) -> None:
    aws.makes_a_change_set("FAILED", "With SubnetIds, give SecurityGroupIds.")
    aws.deletes_it()

    with pytest.raises(ReleaseProblem, match="could not create a change set: With SubnetIds"):
        changes(_STACK, _TEMPLATE, {"Stage": "prod"})


def test_template_that_is_not_packaged_is_refused(aws: _Aws) -> None:
    with pytest.raises(ReleaseProblem, match="package it first"):
        changes(_STACK, "Resources: {SharedLayer: {Properties: {ContentUri: layers/shared}}}", {})


def test_stack_is_protected_against_deletion(aws: _Aws) -> None:
    asked = {"StackName": _STACK, "EnableTerminationProtection": True}
    aws.stubs["cloudformation"].add_response("update_termination_protection", {"StackId": "x"}, asked)

    protect(_STACK)


def test_missing_permission_is_named(aws: _Aws) -> None:
    denied = "User: x is not authorized to perform: cloudformation:UpdateTerminationProtection"
    aws.stubs["cloudformation"].add_client_error("update_termination_protection", "AccessDenied", denied)

    with pytest.raises(LocalProblem, match="UpdateTerminationProtection"):
        protect(_STACK)
