"""Replaces the resources that moto's CloudFormation cannot create, and records them."""

# ruff: noqa: ARG003 - the names of unused arguments are moto's

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation import models
from moto.core.common_models import CloudFormationModel

_ACCOUNT, _REGION = "123456789012", "us-east-1"
# moto has models of these types, but they cannot represent the templates' resources.
UNABLE = {
    "AWS::ApiGateway::Deployment": "moto creates none for an API whose methods come from an OpenAPI body",
    "AWS::Events::Archive": "moto accepts an archive's pattern only as text",
    "AWS::Lambda::Permission": "moto creates no alias, so a permission on one has no target",
    "AWS::Lambda::Version": "moto has no Fn::GetAtt of a version, which an alias needs",
    "AWS::RDS::DBInstance": "moto passes Python objects as the names of subnet and parameter groups",
}


@dataclass
class Deployed:
    """Requests to CloudFormation and their results."""

    skipped: dict[str, set[str]] = field(default_factory=dict)  # type → logical ids that a stand-in replaces
    custom: list[tuple[str, str]] = field(default_factory=list)  # "Create" or "Update", and the logical id
    failures: list[str] = field(default_factory=list)  # tracebacks, because the client only gets a status of 500

    def stacks(self) -> dict[str, models.Stack]:
        """Name → stack, of all existing stacks."""
        return {stack.name: stack for stack in models.cloudformation_backends[_ACCOUNT][_REGION].stacks.values()}


def stand_in_class(deployed: Deployed) -> type[CloudFormationModel]:
    """Returns the model of resources that moto cannot create. References to it resolve.

    It replaces custom resources too, because moto would run their function in Docker.
    """

    class StandIn(CloudFormationModel):
        def __init__(self, name: str) -> None:
            self.physical_resource_id = name

        @staticmethod
        def cloudformation_type() -> str:
            return "StandIn"

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return True

        def get_cfn_attribute(self, attribute_name: str) -> str:
            # moto validates the form of ARNs in a policy.
            prefix = f"arn:aws:stand-in:{_REGION}:{_ACCOUNT}:" if attribute_name.endswith("Arn") else ""
            return f"{prefix}{self.physical_resource_id}.{attribute_name}"

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
        ) -> StandIn:
            note(kwargs["ResourceType"], kwargs["LogicalId"], "Create")
            return cls(resource_name)

        @classmethod
        def update_from_cloudformation_json(
            cls,
            original_resource: Any,
            new_resource_name: str,
            cloudformation_json: Any,
            account_id: str,
            region_name: str,
        ) -> Any:
            note(cloudformation_json["Type"], original_resource.logical_resource_id, "Update")
            return original_resource

        def delete(self, _account: str, _region: str) -> None:
            """There is nothing to delete."""

    def note(kind: str, logical_id: str, action: str) -> None:
        if kind.startswith("Custom::"):
            deployed.custom.append((action, logical_id))
        else:
            deployed.skipped.setdefault(kind, set()).add(logical_id)

    return StandIn
