"""One nested template, with the parameters of a stage or of a test."""

from typing import Any

from tests.support.deployment import ROOT, Resource
from tools.templates import stages
from tools.templates.stack import Stack

_GIVEN = {
    "network": {},
    "data": {
        "SubnetIds": "subnet-1,subnet-2",
        "DatabaseSecurityGroupId": "sg-database",
        "RedisSecurityGroupId": "sg-redis",
        "VpcId": "",
        "FunctionSecurityGroupId": "",
        "CreatesDatabase": "yes",
        "CreatesRedis": "yes",
    },
    "edge": {"ApiId": "a1b2c3", "BackOfficeApiId": "d4e5f6", "CertificateArn": ""},
}


class NestedStack:
    """infra/<name>.yaml with the parameters of a stage, overridden by the given ones."""

    def __init__(self, name: str, stage: str = "prod", **given: str) -> None:
        values = stages.parameters(stage) | _GIVEN[name] | given
        self.stack = Stack(
            ROOT / f"infra/{name}.yaml",
            name=f"microshop-{name}",
            parameters=values,
            aws_endpoint_url="http://aws.invalid",
        )

    def of(self, kind: str) -> list[Resource]:
        """Every resource of a type."""
        return [Resource(self.stack, logical_id) for logical_id, _ in self.stack.resources(kind)]

    def __getitem__(self, logical_id: str) -> Resource:
        return Resource(self.stack, logical_id)

    def __contains__(self, logical_id: str) -> bool:
        return any(logical_id == found for found, _ in self.stack.resources())

    def outputs(self, *names: str) -> list[Any]:
        """The values of these outputs."""
        return [self.stack.output(name) for name in names]
