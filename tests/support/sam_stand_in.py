"""What stands in for the resources that moto's CloudFormation does not make, and a record of them."""

# ruff: noqa: ARG003 - the names of unused arguments are moto's

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation import models
from moto.core.common_models import CloudFormationModel

_ACCOUNT, _REGION = "123456789012", "us-east-1"
# moto has a model of these, and it cannot make what the templates say.
UNABLE = {
    "AWS::ApiGateway::Deployment": "an API whose methods come from an OpenAPI body has none in moto",
    "AWS::Events::Archive": "moto takes an archive's pattern as text only",
    "AWS::Lambda::Permission": "moto makes no alias, and a permission on one names what is not there",
    "AWS::Lambda::Version": "moto has no Fn::GetAtt of a version, which an alias needs",
    "AWS::RDS::DBInstance": "moto takes Python objects for the names of its subnet and parameter groups",
}


@dataclass
class Deployed:
    """What was asked of CloudFormation."""

    skipped: dict[str, set[str]] = field(default_factory=dict)  # type → logical ids that a stand-in was made for
    custom: list[tuple[str, str]] = field(default_factory=list)  # "Create" or "Update", and the logical id
    failures: list[str] = field(default_factory=list)  # tracebacks; the client only sees a status of 500

    def stacks(self) -> dict[str, models.Stack]:
        """The stacks that there are, by name."""
        return {stack.name: stack for stack in models.cloudformation_backends[_ACCOUNT][_REGION].stacks.values()}


def stand_in_for(deployed: Deployed) -> type[CloudFormationModel]:
    """What is made where moto makes nothing: something that can be referred to.

    Custom resources too: moto would run their function in Docker.
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
            # moto looks at the form of the ARNs in a policy.
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
            """Nothing is left behind."""

    def note(kind: str, logical_id: str, action: str) -> None:
        if kind.startswith("Custom::"):
            deployed.custom.append((action, logical_id))
        else:
            deployed.skipped.setdefault(kind, set()).add(logical_id)

    return StandIn
